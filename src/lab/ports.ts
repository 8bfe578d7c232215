import { createServer } from 'node:net';
import { randomInt } from 'node:crypto';
import { LabFailure } from './failure.ts';

export const LOOPBACK = '127.0.0.1';

// Below the range that kernels hand out to outgoing connections: while a server is down, nobody gets its port by chance.
const FIRST = 20_000;
const LAST = 32_700;

/**
 * True when nobody listens on this port of the loopback address. Never throws: a port that cannot be listened on is
 * not free.
 *
 * @internal exported for its tests
 */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen({ host: LOOPBACK, port, exclusive: true }, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}

/**
 * A port for each name: the one kept from last time if it is free, else a new one.
 * @param taken ports that are spoken for though nobody listens there yet; the chosen ones are added
 * @throws LabFailure when no free port is found.
 */
export async function choosePorts(
  names: readonly string[],
  kept: Readonly<Record<string, number>>,
  taken: Set<number>,
): Promise<Record<string, number>> {
  const chosen: Record<string, number> = {};
  for (const name of names) {
    const before = kept[name];
    const port = before !== undefined && (await isFree(before)) ? before : await freePort(taken);
    taken.add(port);
    chosen[name] = port;
  }
  return chosen;
}

async function freePort(taken: ReadonlySet<number>): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const port = randomInt(FIRST, LAST);
    if (!taken.has(port) && (await isFree(port))) return port;
  }
  throw new LabFailure(
    `No free port was found between ${FIRST} and ${LAST}.`,
    LOOPBACK,
    'Stop what occupies the ports of this machine.',
  );
}
