import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { request } from 'undici';
import { labPaths } from '../../src/lab/directory.ts';
import {
  killServer,
  labDown,
  labReset,
  labServer,
  labStatus,
  labUp,
  readLabEnv,
  SERVER_NAMES,
  startServer,
} from '../../src/lab/index.ts';
import type { ServerName } from '../../src/lab/index.ts';
import { adminAgent } from '../../src/lab/probe.ts';
import { MARK, markedProcesses, markOf } from '../../src/lab/processes/mark.ts';
import { readRecord } from '../../src/lab/record.ts';
import { labIsUp } from '../support/lab-is-up.ts';
import { until } from '../support/poll.ts';

// A lab of its own, since it is disturbed on purpose: the shared one stays as other files expect it.
const parent = mkdtempSync(join(tmpdir(), 'windlass-lifecycle-'));
chmodSync(parent, 0o755);
const dir = join(parent, 'lab');
const paths = labPaths(dir);

afterAll(async () => {
  await labReset(dir);
});

function pids(): Record<string, number | undefined> {
  return Object.fromEntries(SERVER_NAMES.map((name) => [name, labServer(dir, name).pid]));
}

async function query(sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: readLabEnv(dir).WINDLASS_LAB_POSTGRES_URL });
  await client.connect();
  try {
    return (await client.query(sql)).rows as unknown[];
  } finally {
    await client.end();
  }
}

async function kubernetes(method: 'GET' | 'POST', path: string, body?: object): Promise<number> {
  const agent = adminAgent(paths);
  try {
    const answer = await request(`https://127.0.0.1:${labServer(dir, 'kube-apiserver').ports['https']!}${path}`, {
      dispatcher: agent,
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    await answer.body.dump();
    return answer.statusCode;
  } finally {
    await agent.close();
  }
}

/** Another process that brings the lab up. */
function launcher() {
  const program = join(parent, 'launcher.ts');
  const index = new URL('../../src/lab/index.ts', import.meta.url).href;
  writeFileSync(program, `import { labUp } from '${index}';\nawait labUp({ dir: '${dir}' });\n`);
  return spawn(process.execPath, [program], { stdio: 'ignore' });
}

/** Processes of this lab that no other one of the same server started. */
function servers(): Record<string, number[]> {
  const marked = markedProcesses(paths, SERVER_NAMES);
  return Object.fromEntries([...marked].map(([name, list]) => [name, list.map(({ pid }) => pid)]));
}

describe('the lab', () => {
  test('is brought up whole after a launcher was killed in the middle of it', async () => {
    const killed = launcher();
    await until(
      () => Object.values(readRecord(paths).servers).filter((server) => server.process !== undefined).length >= 2,
    );
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    const early = readRecord(paths).servers;
    const { started } = await labUp({ dir });
    await labIsUp(dir);
    // Those that the killed launcher started were found, not started a second time.
    for (const name of SERVER_NAMES) {
      const before = early[name]?.process?.pid;
      expect({ name, started: started.includes(name) }).toEqual({ name, started: before === undefined });
      expect(servers()[name]).toContain(labServer(dir, name).pid);
      if (before !== undefined) expect(labServer(dir, name).pid).toBe(before);
    }
  });

  test('that is up is left alone', async () => {
    const before = pids();
    const { started } = await labUp({ dir });
    expect(started).toEqual([]);
    expect(pids()).toEqual(before);
  });

  test('starts only what is dead', async () => {
    const before = pids();
    const dead: ServerName[] = ['minio', 'kwok'];
    for (const name of dead) expect(await killServer(dir, name)).toBe(true);
    expect((await labStatus(dir)).state).toBe('partly');
    const { started } = await labUp({ dir });
    expect(started).toEqual(dead);
    for (const name of SERVER_NAMES) expect(pids()[name] === before[name]).toBe(!dead.includes(name));
  });

  test('keeps ports and data of servers that were killed and started again', async () => {
    await query('create table kept (n int); insert into kept values (7)');
    expect(await kubernetes('POST', '/api/v1/namespaces', { metadata: { name: 'kept' } })).toBe(201);
    for (const name of ['postgres', 'etcd', 'kube-apiserver', 'temporal', 'velero']) {
      const before = labServer(dir, name);
      expect(await killServer(dir, name)).toBe(true);
      expect(labServer(dir, name).pid).toBeUndefined();
      expect(await startServer(dir, name)).toBe(true);
      const after = labServer(dir, name);
      expect(after.ports).toEqual(before.ports);
      expect(after.pid).not.toBe(before.pid);
    }
    expect(await query('select n from kept')).toEqual([{ n: 7 }]);
    expect(await kubernetes('GET', '/api/v1/namespaces/kept')).toBe(200);
  });

  test('has its simulated nodes begin anew once etcd is back: what they could not write meanwhile they would never write', async () => {
    const { pid } = labServer(dir, 'kwok');
    await killServer(dir, 'etcd');
    await startServer(dir, 'etcd');
    expect(labServer(dir, 'kwok').pid).not.toBe(pid);
    await labIsUp(dir);
  });

  test('moves a dead server whose port was taken, and restarts those that knew its old address', async () => {
    const before = labServer(dir, 'etcd');
    const apiserver = labServer(dir, 'kube-apiserver');
    await killServer(dir, 'etcd');
    const squatter = createServer().listen(before.ports['client'], '127.0.0.1');
    await once(squatter, 'listening');
    try {
      expect((await labUp({ dir })).started).toEqual(expect.arrayContaining(['etcd', 'kube-apiserver']));
      await labIsUp(dir);
    } finally {
      squatter.close();
    }
    expect(labServer(dir, 'etcd').ports['client']).not.toBe(before.ports['client']);
    expect(labServer(dir, 'etcd').ports['peer']).toBe(before.ports['peer']);
    expect(labServer(dir, 'kube-apiserver').ports).toEqual(apiserver.ports);
    expect(await kubernetes('GET', '/api/v1/namespaces/kept')).toBe(200);
  });

  test('stops a process that a launcher started but could not record', async () => {
    const env = { PATH: process.env['PATH'], [MARK]: markOf(paths, 'minio') };
    const stray = spawn('sleep', ['1000'], { env, stdio: 'ignore', detached: true });
    const gone = once(stray, 'exit');
    await labDown(dir);
    await gone;
    expect(Object.values(servers()).flat()).toEqual([]);
    expect((await labStatus(dir)).state).toBe('down');
  });

  test('is brought up once when two launch it at the same time, with its data', async () => {
    const [one, other] = await Promise.all([labUp({ dir }), labUp({ dir })]);
    expect([...one.started, ...other.started].toSorted()).toEqual([...SERVER_NAMES].toSorted());
    expect(other.env).toEqual(one.env);
    expect(await query('select n from kept')).toEqual([{ n: 7 }]);
    expect(await kubernetes('GET', '/api/v1/namespaces/kept')).toBe(200);
  });

  test('is gone after a reset, with its processes and data', async () => {
    await labReset(dir);
    expect(Object.values(servers()).flat()).toEqual([]);
    expect(existsSync(dir)).toBe(false);
    expect((await labStatus(dir)).state).toBe('absent');
  });

  test('names its servers when asked for one that it does not have', async () => {
    await expect(startServer(dir, 'oracle')).rejects.toThrow('The lab has no server of this name.');
  });
});
