import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { labPaths } from '../../src/lab/directory.ts';
import { labStatus, SERVER_NAMES } from '../../src/lab/index.ts';
import { markedProcesses } from '../../src/lab/processes/mark.ts';
import { labIsUp } from '../support/lab-is-up.ts';
import { enterAdded, leaveAdded } from '../support/lab-users.ts';

const dir = process.env['WINDLASS_LAB_DIR']!;

/** Local addresses of the listening TCP sockets, by inode. Addresses are in the kernel's hexadecimal form. */
function listeningSockets(): Map<string, string> {
  const lines = ['tcp', 'tcp6'].flatMap((table) =>
    readFileSync(`/proc/net/${table}`, 'utf8').trim().split('\n').slice(1),
  );
  const rows = lines.map((line) => line.trim().split(/\s+/)).filter((fields) => fields[3] === '0A');
  return new Map(rows.map((fields) => [fields[9]!, fields[1]!]));
}

function socketsOf(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
    } catch {
      return []; // Closed meanwhile.
    }
  });
}

const LOOPBACK = /^(0100007F|00000000000000000000000001000000|0000000000000000FFFF00000100007F):/;

describe('the running lab', () => {
  beforeAll(async () => {
    await enterAdded();
  });
  afterAll(leaveAdded);

  test('has every server ready, and what was added to it', async () => {
    const { servers } = await labIsUp(dir);
    expect(servers.map(({ name }) => name)).toEqual(expect.arrayContaining([...SERVER_NAMES]));
    expect(servers.filter(({ state }) => state !== 'ready')).toEqual([]);
  });

  test('listens on loopback alone, children included', async () => {
    const names = (await labIsUp(dir)).servers.map(({ name }) => name);
    const sockets = listeningSockets();
    const processes = [...markedProcesses(labPaths(dir), names)];
    const listening = processes.flatMap(([server, list]) =>
      list.flatMap(({ pid }) =>
        socketsOf(pid).flatMap((inode) => (sockets.has(inode) ? [{ server, address: sockets.get(inode)! }] : [])),
      ),
    );
    // Each server has at least one, or this would prove nothing.
    expect(new Set(listening.map(({ server }) => server))).toEqual(new Set(names));
    expect(listening.filter(({ address }) => !LOOPBACK.test(address))).toEqual([]);
  });

  // How much is told by `make bench SUITE=lab`: here it holds what all other tests have put into it, servers included.
  test('says how much resident memory it holds', async () => {
    const { residentBytes } = await labStatus(dir);
    expect(residentBytes).toBeGreaterThan(100 * 1024 ** 2);
  });
});
