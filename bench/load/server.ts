// `server.ts`: answers at once below `/now`, else after 5 to 40 ms, the same spread each time; prints its port.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Milliseconds: most answers are quick, some are slow. */
const DELAYS = [10, 12, 14, 10, 16, 12, 20, 10, 24, 40];
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
