import pg from 'pg';
import { readText } from '../../../src/domain/json-fields.ts';
import type { KindRef, KubernetesObject } from '../../../src/domain/kubernetes-api.ts';
import { DRILL_PREFIX } from '../../../src/postgres/dump/names.ts';
import { BACKUP, BACKUP_OF, DRILL_VERDICT, DRILL } from '../../../src/velero/backup/objects.ts';
import { RESTORE } from '../../../src/velero/restore/judge.ts';
import { until } from '../../support/poll.ts';
import type { FaultBench } from './bench.ts';
import { databaseRemains, dumpRemains } from './drilled-data.ts';
import { server, worker, type Scenario } from './scenarios.ts';
import { openLabCluster } from '../../support/lab-cluster.ts';

const NAMESPACE: KindRef = { apiVersion: 'v1', kind: 'Namespace' };
const CONFIG_MAP: KindRef = { apiVersion: 'v1', kind: 'ConfigMap' };
const SECRET: KindRef = { apiVersion: 'v1', kind: 'Secret' };
const LOOK_MS = 20;
/** How long what was killed stays away; longer by `make faults`. Milliseconds. */
const AWAY = Number(process.env['WINDLASS_FAULT_SEEDS'] ?? '1') > 1 ? 30_000 : 5_000;

/** Longer than Velero tries to tell the API server how a backup or restore ended: 8 s. */
const API_AWAY = Math.max(AWAY, 10_000);

/** Each kills something while a drill is at one of its stages. */
export const DRILL_SCENARIOS: readonly Scenario[] = [
  { name: 'worker killed when the sentinels are planted', moment: planted, spread: 300, ...worker },
  { name: 'worker killed in the middle of the dump', moment: dumping, spread: 300, ...worker },
  { name: 'worker killed in the middle of the restore of the dump', moment: loading, spread: 300, ...worker },
  { name: 'PostgreSQL killed in the middle of the dump', moment: dumping, spread: 200, ...server('postgres', AWAY) },
  { name: 'worker killed when the backup is asked for', moment: backingUp, spread: 2_000, ...worker },
  { name: 'worker killed when the restore is asked for', moment: restoring, spread: 2_000, ...worker },
  { name: 'worker killed when the restore is compared', moment: restored, spread: 500, ...worker },
  { name: 'worker killed while the drill cleans up', moment: cleaning, spread: 500, ...worker },
  { name: 'Velero killed in the middle of the backup', moment: backingUp, spread: 500, ...server('velero', AWAY) },
  { name: 'Velero killed in the middle of the restore', moment: restoring, spread: 1_500, ...server('velero', AWAY) },
  { name: 'S3 down in the middle of the backup', moment: backingUp, spread: 500, ...server('minio', AWAY) },
  {
    name: 'API server down in the middle of the backup',
    moment: backingUp,
    spread: 500,
    ...server('kube-apiserver', API_AWAY),
  },
  {
    name: 'API server down in the middle of the restore',
    moment: restoring,
    spread: 1_500,
    ...server('kube-apiserver', API_AWAY),
  },
];

/** What is left of a drill beside its backup, and what its backups came to. */
export async function remainsOf(bench: FaultBench, suffix: string) {
  const data = [...(await databaseRemains(bench, suffix)), ...(await dumpRemains(bench, suffix))];
  return onCluster(bench, async (list) => {
    const made = await Promise.all([NAMESPACE, CONFIG_MAP, SECRET, RESTORE].map((kind) => list(kind, DRILL)));
    const backups = await list(BACKUP, `${BACKUP_OF}=drilled-${suffix}`);
    return {
      left: [...made.flat().map(({ kind, metadata }) => `${kind} ${metadata.name}`), ...data],
      proven: backups.filter(({ metadata }) => metadata.annotations?.[DRILL_VERDICT] === 'proven').length,
    };
  });
}

function planted(bench: FaultBench): Promise<void> {
  return seen(bench, SECRET, isOfDrill);
}

function backingUp(bench: FaultBench, suffix: string): Promise<void> {
  return seen(bench, BACKUP, ({ metadata }) => metadata.labels?.[BACKUP_OF] === `drilled-${suffix}`);
}

function restoring(bench: FaultBench): Promise<void> {
  return seen(bench, RESTORE, isOfDrill);
}

function restored(bench: FaultBench): Promise<void> {
  return seen(bench, RESTORE, (one) => isOfDrill(one) && readText(one, 'status', 'phase') === 'Completed');
}

function cleaning(bench: FaultBench): Promise<void> {
  return seen(bench, NAMESPACE, (one) => isOfDrill(one) && one.metadata['deletionTimestamp'] !== undefined);
}

function isOfDrill({ metadata }: KubernetesObject): boolean {
  return metadata.labels?.[DRILL] !== undefined;
}

/** pg_dump reads the rows. */
function dumping(bench: FaultBench, suffix: string): Promise<void> {
  const sql = `SELECT 1 FROM pg_stat_activity WHERE datname = $1 AND state = 'active' AND query LIKE 'COPY %'`;
  return rowSeen(bench, sql, `drilled_${suffix}`);
}

/** The database that is restored into is there. */
function loading(bench: FaultBench): Promise<void> {
  const sql = `SELECT 1 FROM pg_database WHERE starts_with(datname, $1) AND datallowconn`;
  return rowSeen(bench, sql, DRILL_PREFIX);
}

/** Asks by one connection: a new one each time costs the server a process. */
async function rowSeen(bench: FaultBench, sql: string, value: string): Promise<void> {
  const client = new pg.Client({ connectionString: bench.settings['WINDLASS_LAB_POSTGRES_URL'] });
  await client.connect();
  try {
    await until(async () => (await client.query(sql, [value])).rows.length > 0, LOOK_MS);
  } finally {
    await client.end();
  }
}

/** Waits until there is an object as wanted. It is told, since asking all the while would take what little the machine has left. */
async function seen(bench: FaultBench, kind: KindRef, isIt: (object: KubernetesObject) => boolean): Promise<void> {
  const api = await openLabCluster(bench.settings);
  try {
    for await (const { type, object } of api.watch(kind, { signal: new AbortController().signal }))
      if (type !== 'DELETED' && isIt(object)) return;
  } finally {
    await api.close();
  }
}

type List = (kind: KindRef, labelSelector: string) => Promise<readonly KubernetesObject[]>;

async function onCluster<T>({ settings }: FaultBench, work: (list: List) => Promise<T>): Promise<T> {
  const api = await openLabCluster(settings);
  try {
    return await work((kind, labelSelector) => api.list(kind, { labelSelector }));
  } finally {
    await api.close();
  }
}
