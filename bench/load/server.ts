// `server.ts`: answers at once below `/now`, else after 10 to 40 ms, the same spread each time; prints its port.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * Milliseconds: most answers are quick, some are slow. Each percentile that is compared lies amid answers alike: between two kinds of
 * answers a request more or less would decide.
 */
const DELAYS = [10, 12, 20, 10, 30, 12, 10, 20, 12, 10, 40, 10, 20, 12, 30, 10, 12, 20, 10, 30];
let count = 0;
const server = createServer((request, response) => {
  if (request.url === '/now') {
    response.end('hello');
    return;
  }
  count += 1;
  setTimeout(() => response.end('hello'), DELAYS[count % DELAYS.length]);
});
server.listen(0, '127.0.0.1', () => {
  console.log((server.address() as AddressInfo).port);
});
process.once('SIGTERM', () => process.exit());
