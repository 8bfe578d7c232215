import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { probe, type ProbeSpec } from '../../src/domain/kinds/probe.ts';
import type { SecretReader } from '../../src/domain/secret-place.ts';
import { s3Client } from '../../src/objectstore/client.ts';
import { s3ProbeEngine, type S3ProbeSpec } from '../../src/objectstore/probe.ts';
import { sqlProbeEngine, type SqlProbeSpec } from '../../src/postgres/probe.ts';
import { seenBy } from '../http/support.ts';
import { stageOn } from '../objectstore/stage.ts';
import { labStore } from '../objectstore/support.ts';
import { contextOf } from '../postgres/support/context.ts';
import { dropAll, labConnection, rowsOf, uniqueName, willDrop } from '../postgres/support/lab.ts';
import { ownServer } from '../postgres/support/own-server.ts';
import { told } from '../support/told.ts';

const role = uniqueName('visitor');
const stage = stageOn(labStore());
let bucket: string;
/** What is in the Secrets of a cluster, by `NAME/KEY`. */
const kept: Record<string, string> = { 'db/password': 'c4nary-pass', 'old/password': 'c4nary-old' };
const secrets: SecretReader = ({ name, key }) => Promise.resolve(kept[`${name}/${key}`] ?? null);
const inSecret = (name: string, key = 'password') => ({
  kubernetesSecret: { target: 'cluster', namespace: 'data', name, key },
});

beforeAll(async () => {
  willDrop('ROLE', role);
  await rowsOf('postgres', `CREATE ROLE "${role}" LOGIN PASSWORD 'c4nary-pass'`);
  bucket = stage.newBucket();
  await s3Client(stage.store).makeBucket(bucket, stage.store.region);
  const { accessKey, secretKey } = stage.store;
  Object.assign(kept, { 'store/access': accessKey, 'store/secret': secretKey, 'stale/secret': 'c4nary-stale-key' });
});
afterAll(async () => {
  await dropAll();
  await stage.clear();
});

const sql = (more: object): SqlProbeSpec =>
  probe.parse({ protocol: 'sql', database: 'postgres', within: '1m', ...more }) as SqlProbeSpec;

describe('a probe over sql that logs in', () => {
  const engine = sqlProbeEngine(labConnection(), secrets);
  const seen = (login: object) => seenBy(engine, sql({ login }), contextOf());

  test('is met when the role gets in by the password that stands in a Secret', async () => {
    const [finding] = await engine.verify(sql({ login: { role, password: inSecret('db') } }), contextOf());
    expect(told([finding!])).toMatchObject([{ claim: `lets ${role} in by its password`, holds: true }]);
    expect(finding?.source).toContain(`as ${role}, by key password of Secret data/db on target cluster`);
    expect(JSON.stringify(finding)).not.toContain('c4nary');
  });

  test('asks its query as that role', async () => {
    const asked = sql({
      login: { role, password: { fromEnv: 'PASSWORD' } },
      query: "SELECT has_table_privilege('pg_authid', 'SELECT')",
      equals: false,
    });
    const context = contextOf({ secrets: { PASSWORD: 'c4nary-pass' } });
    await expect(engine.verify(asked, context)).resolves.toMatchObject([{ holds: true }]);
  });

  test('is not met by another password, nor by a Secret that is not there, and shows none', async () => {
    expect(await seen({ role, password: inSecret('old') })).toMatch(/^failed: .*28P01/);
    expect(await seen({ role, password: inSecret('none') })).toContain('The Secret or its key does not exist');
    expect(await seen({ role, password: inSecret('old') })).not.toContain('c4nary');
  });

  test('is not met by a server that lets anybody in: the password has shown nothing', async () => {
    const trusting = await ownServer();
    try {
      const open = sqlProbeEngine(trusting.connection, secrets);
      const said = await seenBy(open, sql({ login: { role: 'postgres', password: inSecret('old') } }), contextOf());
      expect(said).toContain('without asking for its password');
    } finally {
      await trusting.close();
    }
  });

  test.each([
    ['neither query nor login', {}],
    ['a login compared', { login: { role, password: inSecret('db') }, equals: 1 }],
    ['a query that is not', { query: 'SELECT 1', login: { role, password: inSecret('db') } }],
    ['a password written down', { login: { role, password: 'c4nary' } }],
  ])('is refused with %s', (_, more) => {
    expect(probe.safeParse({ protocol: 'sql', database: 'postgres', ...more }).success).toBe(false);
  });
});

describe('a probe over s3 with keys', () => {
  const engine = s3ProbeEngine(stage.store, secrets);
  const spec = (name: string): S3ProbeSpec => {
    const keys = { accessKey: inSecret('store', 'access'), secretKey: inSecret(name, 'secret') };
    return probe.parse({ protocol: 's3', bucket, roundTrip: true, within: '1m', keys } satisfies Partial<
      Extract<ProbeSpec, { protocol: 's3' }>
    >) as S3ProbeSpec;
  };

  test('is met when requests that are signed with them are taken', async () => {
    const [finding] = await engine.verify(spec('store'), contextOf());
    expect(finding).toMatchObject({ holds: true, observed: 'gave back what was put' });
    expect(finding?.source).toContain('signed with key access of Secret data/store on target cluster');
    expect(JSON.stringify(finding)).not.toContain(kept['store/secret']);
  });

  test('is not met by others, though those of the target would do', async () => {
    expect(await seenBy(engine, spec('stale'), contextOf())).toMatch(/^failed: /);
    expect(await seenBy(engine, spec('none'), contextOf())).toContain('The Secret or its key does not exist');
  });
});
