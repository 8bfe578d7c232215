import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { choosePorts, isFree } from '../../src/lab/ports.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

function listen(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    servers.push(server);
    server.listen(0, '127.0.0.1', () => {
      resolve((server.address() as AddressInfo).port);
    });
  });
}

describe('the ports of a server', () => {
  test('stay what they were while they are free', async () => {
    const before = await choosePorts(['grpc', 'ui'], {}, new Set());
    expect(await choosePorts(['grpc', 'ui'], before, new Set(Object.values(before)))).toEqual(before);
  });

  test('change one by one when another took them', async () => {
    const taken = await listen();
    const { ui } = await choosePorts(['ui'], {}, new Set());
    const chosen = await choosePorts(['grpc', 'ui'], { grpc: taken, ui: ui! }, new Set());
    expect(chosen['ui']).toBe(ui);
    expect(chosen['grpc']).not.toBe(taken);
    expect(await isFree(chosen['grpc']!)).toBe(true);
  });

  test('differ from each other, and are spoken for at once', async () => {
    const taken = new Set<number>();
    const names = Array.from({ length: 50 }, (_, index) => `use-${index}`);
    const chosen = await choosePorts(names, {}, taken);
    expect(new Set(Object.values(chosen)).size).toBe(50);
    expect(taken).toEqual(new Set(Object.values(chosen)));
  });
});
