import type { KindRef, KubernetesObject } from '../../../src/domain/kubernetes-api.ts';
import { DRILL_PREFIX } from '../../../src/postgres/dump/names.ts';
import { BACKUP, BACKUP_OF, DRILL_VERDICT, DRILL } from '../../../src/velero/backup/objects.ts';
import { RESTORE } from '../../../src/velero/restore/judge.ts';
import { until } from '../../support/poll.ts';
import type { FaultBench } from './bench.ts';
import { databaseRemains, dumpRemains, rowsOn } from './drilled-data.ts';
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
  return seen(bench, SECRET, () => true);
}

function backingUp(bench: FaultBench, suffix: string): Promise<void> {
  return seen(bench, BACKUP, () => true, `${BACKUP_OF}=drilled-${suffix}`);
}

function restoring(bench: FaultBench): Promise<void> {
  return seen(bench, RESTORE, () => true);
}

function restored(bench: FaultBench): Promise<void> {
  return seen(bench, RESTORE, ({ status }) => (status as { phase?: string } | undefined)?.phase === 'Completed');
}

function cleaning(bench: FaultBench): Promise<void> {
  return seen(bench, NAMESPACE, ({ metadata }) => metadata['deletionTimestamp'] !== undefined);
}

/** pg_dump reads the rows. */
async function dumping(bench: FaultBench, suffix: string): Promise<void> {
  const database = `drilled_${suffix}`;
  const sql = `SELECT 1 FROM pg_stat_activity WHERE datname = $1 AND state = 'active' AND query LIKE 'COPY %'`;
  await until(async () => (await rowsOn(bench, 'postgres', sql, [database])).length > 0, LOOK_MS);
}

/** The database that is restored into is there. */
async function loading(bench: FaultBench): Promise<void> {
  const sql = `SELECT 1 FROM pg_database WHERE starts_with(datname, $1) AND datallowconn`;
  await until(async () => (await rowsOn(bench, 'postgres', sql, [DRILL_PREFIX])).length > 0, LOOK_MS);
}

/** Waits until there is an object that a drill made and that is as wanted. */
async function seen(
  bench: FaultBench,
  kind: KindRef,
  isIt: (object: KubernetesObject) => boolean,
  labelSelector: string = DRILL,
): Promise<void> {
  await onCluster(bench, (list) => until(async () => (await list(kind, labelSelector)).some(isIt), LOOK_MS));
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
