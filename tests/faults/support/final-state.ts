import pg from 'pg';
import { s3Client } from '../../../src/objectstore/client.ts';
import { labStore } from '../../objectstore/support.ts';
import { openLabCluster } from '../../support/lab-cluster.ts';

/** What a finished run of the fixture left behind, with its own suffix taken out, so that two runs can be compared. */
export interface FinalState {
  readonly objects: readonly unknown[];
  readonly tables: readonly unknown[];
  readonly rows: readonly unknown[];
  readonly ledger: readonly unknown[];
  readonly owner: unknown;
  readonly versioning: unknown;
}

const KINDS = [
  { apiVersion: 'v1', kind: 'ConfigMap' },
  { apiVersion: 'apps/v1', kind: 'Deployment' },
];
const SERVER_SET = ['uid', 'resourceVersion', 'creationTimestamp', 'managedFields', 'generation'];

export async function finalState(env: Readonly<Record<string, string>>, suffix: string): Promise<FinalState> {
  const neutral = (value: unknown): unknown =>
    JSON.parse(JSON.stringify(value).replaceAll(suffix, 'SUFFIX')) as unknown;
  const [objects, database, bucket] = await Promise.all([
    objectsOf(env, suffix),
    databaseOf(env, suffix),
    bucketOf(env, suffix),
  ]);
  return neutral({ objects, ...database, ...bucket }) as FinalState;
}

async function objectsOf(env: Readonly<Record<string, string>>, suffix: string): Promise<unknown[]> {
  const api = await openLabCluster(env);
  try {
    const found = [];
    for (const kind of KINDS) found.push(...(await api.list(kind, { namespace: `faulty-${suffix}` })));
    return found
      .filter((object) => object.metadata.name !== 'kube-root-ca.crt')
      .map(({ metadata, status, ...rest }) => ({
        ...rest,
        metadata: Object.fromEntries(Object.entries(metadata).filter(([key]) => !SERVER_SET.includes(key))),
        readyReplicas: (status as { readyReplicas?: number } | undefined)?.readyReplicas,
      }));
  } finally {
    await api.close();
  }
}

async function databaseOf(env: Readonly<Record<string, string>>, suffix: string) {
  const url = new URL(env['WINDLASS_LAB_POSTGRES_URL']!);
  url.pathname = `/faulty_${suffix}`;
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  try {
    const rows = async (sql: string): Promise<unknown[]> => (await client.query(sql)).rows as unknown[];
    return {
      tables: await rows(
        `SELECT table_schema, table_name, column_name, data_type FROM information_schema.columns
         WHERE table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2, ordinal_position`,
      ),
      rows: await rows(
        'SELECT 1 AS n, * FROM step_1 UNION ALL SELECT 2, * FROM step_2 UNION ALL SELECT 3, * FROM step_3',
      ),
      ledger: await rows('SELECT version, description, sha256 FROM windlass.ledger ORDER BY version'),
      owner: await rows('SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()'),
    };
  } finally {
    await client.end();
  }
}

async function bucketOf(env: Readonly<Record<string, string>>, suffix: string) {
  return { versioning: await s3Client(labStore(env)).getBucketVersioning(`faulty-${suffix}`) };
}
