import { statSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { labDirectory, labPaths } from '../../src/lab/directory.ts';
import { readLabEnv, writeLabEnv } from '../../src/lab/env.ts';
import { readRecord, updateRecord } from '../../src/lab/record.ts';
import { loadOrMakeSecrets } from '../../src/lab/secrets.ts';
import { scratchDirectories } from './scratch.ts';

const scratch = scratchDirectories();

describe('the record of a lab', () => {
  test('is empty before anything was started', () => {
    expect(readRecord(labPaths(scratch()))).toEqual({ version: 1, servers: {} });
  });

  test('keeps what is not changed', () => {
    const paths = labPaths(scratch());
    updateRecord(paths, 'etcd', { ports: { client: 1, peer: 2 } });
    updateRecord(paths, 'etcd', { process: { pid: 3, startTime: 'now' } });
    updateRecord(paths, 'kwok', { ports: { http: 4 } });
    expect(readRecord(paths).servers).toEqual({
      etcd: { ports: { client: 1, peer: 2 }, process: { pid: 3, startTime: 'now' } },
      kwok: { ports: { http: 4 } },
    });
  });

  test('that is damaged is an error that names the file, never an empty lab', () => {
    const paths = labPaths(scratch());
    writeFileSync(paths.record, '{"version":1,');
    expect(() => readRecord(paths)).toThrow('The record of the lab cannot be read.');
  });
});

describe("the lab's secrets", () => {
  test('are made up per lab, kept, and for their owner alone', () => {
    const [one, other] = [labPaths(scratch()), labPaths(scratch())];
    const secrets = loadOrMakeSecrets(one);
    expect(loadOrMakeSecrets(one)).toEqual(secrets);
    expect(statSync(one.secrets).mode & 0o777).toBe(0o600);
    for (const [name, value] of Object.entries(loadOrMakeSecrets(other))) {
      expect(value).not.toBe(secrets[name as keyof typeof secrets]);
    }
  });
});

describe('lab.env', () => {
  test('says what was written, to its owner alone', () => {
    const paths = labPaths(scratch());
    const written = writeLabEnv({
      paths,
      secrets: loadOrMakeSecrets(paths),
      home: paths.data,
      port: (server, use) => (server === 'temporal' && use === 'grpc' ? 7233 : 9000),
      tool: () => '',
      has: () => false,
    });
    expect(readLabEnv(paths.dir)).toEqual(written);
    expect(written.TEMPORAL_ADDRESS).toBe('127.0.0.1:7233');
    expect(statSync(paths.env).mode & 0o777).toBe(0o600);
  });

  test('of a lab that was never up is an error that says what to do', () => {
    expect(() => readLabEnv(scratch())).toThrow('There is no lab here.');
  });
});

describe('the lab directory', () => {
  test('is the one asked for, else the one that is set, else one per user', () => {
    expect(labDirectory('/asked', { WINDLASS_LAB_DIR: '/set' })).toBe('/asked');
    expect(labDirectory(undefined, { WINDLASS_LAB_DIR: '/set' })).toBe('/set');
    expect(labDirectory(undefined, { XDG_STATE_HOME: '/state' })).toMatch(/windlass\/lab$/);
  });
});
