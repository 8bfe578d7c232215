import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import type { ServerName } from '../../../src/lab/index.ts';
import { until } from '../../support/poll.ts';
import type { FaultBench } from './bench.ts';

/** One way to hurt a running rollout, and to make good what does not come back by itself. */
export interface Scenario {
  readonly name: string;
  /** Waits until the rollout is where it shall be hurt. */
  readonly moment: (bench: FaultBench, suffix: string) => Promise<void>;
  /** How far into that moment the blow may fall; the seed says where exactly. Milliseconds. */
  readonly spread: number;
  readonly hurt: (bench: FaultBench) => Promise<void>;
  readonly heal: (bench: FaultBench) => Promise<void>;
}

/** How long a server that was killed stays away. Milliseconds. */
const AWAY = 2_000;
/** Each look asks the workflows of the rollout and all its phases. */
const LOOK_MS = 200;

type Blow = Pick<Scenario, 'hurt' | 'heal'>;

export const worker: Blow = {
  hurt: (bench) => bench.killWorker(),
  heal: (bench) => bench.startWorker(),
};

/** @param away how long it stays away, in milliseconds. */
export function server(name: ServerName, away = AWAY): Blow {
  return {
    hurt: (bench) => bench.kill(name),
    heal: async (bench) => {
      await wait(away);
      await bench.start(name);
    },
  };
}

export const SCENARIOS: readonly Scenario[] = [
  { name: 'worker killed in the middle of a migration', moment: migrating, spread: 4_000, ...worker },
  { name: 'worker killed in the middle of an apply', moment: applying, spread: 4_000, ...worker },
  { name: 'Temporal server killed in the middle of a phase', moment: migrating, spread: 5_000, ...server('temporal') },
  { name: 'PostgreSQL killed in the middle of a migration', moment: migrating, spread: 4_000, ...server('postgres') },
  { name: 'API server killed in the middle of an apply', moment: applying, spread: 4_000, ...server('kube-apiserver') },
  { name: 'etcd killed in the middle of an apply', moment: applying, spread: 4_000, ...server('etcd') },
  { name: 'MinIO away when its bucket is made', moment: () => Promise.resolve(), spread: 500, ...server('minio') },
];

async function applying(bench: FaultBench): Promise<void> {
  await stepIs(bench, 'workloads', 'apply', 'applying');
}

/** A migration sleeps in the middle of its file: that is where it is found. */
async function migrating(bench: FaultBench, suffix: string): Promise<void> {
  await stepIs(bench, 'data', 'schema', 'applying');
  const client = new pg.Client({ connectionString: bench.settings['WINDLASS_LAB_POSTGRES_URL'] });
  await client.connect();
  try {
    await until(async () => {
      const { rowCount } = await client.query(
        `SELECT 1 FROM pg_stat_activity WHERE datname = $1 AND state = 'active' AND query LIKE '%pg_sleep%'`,
        [`faulty_${suffix}`],
      );
      return (rowCount ?? 0) > 0;
    });
  } finally {
    await client.end();
  }
}

async function stepIs(bench: FaultBench, phase: string, step: string, state: string): Promise<void> {
  const client = await bench.connect();
  try {
    await until(async () => {
      const { phases } = await client.status(bench.rollout);
      return phases.find((p) => p.name === phase)?.steps.find((s) => s.name === step)?.state === state;
    }, LOOK_MS);
  } finally {
    await client.close();
  }
}
