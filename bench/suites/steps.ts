import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { labDirectory, labReset, labUp } from '../../src/lab/index.ts';
import { BEFORE, median, seconds, type Row, type Suite } from '../harness.ts';
import { RawServer } from '../kubernetes/raw.ts';
import { Bare } from '../steps/bare/run.ts';
import { Build, type Took } from '../steps/build.ts';
import { NAMESPACE, writeRollout } from '../steps/rollouts.ts';

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? '3');
const STEPS = Number(process.env['BENCH_STEPS'] ?? '40');
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What one build took, round by round. */
interface Figures {
  readonly changed: Took[];
  readonly unchanged: Took[];
  readonly version: number[];
  readonly planOne: number[];
  readonly planAll: number[];
}

/**
 * What a step costs: rollouts of 40 ConfigMaps, a step each, that change all and then nothing, beside an earlier build and
 * beside a bare Temporal workflow with as many activities; and how long the command line takes.
 */
export const steps: Suite = {
  name: 'steps',
  async run(say): Promise<readonly Row[]> {
    const dir = join(dirname(labDirectory()), 'bench-lab');
    const home = mkdtempSync(join(tmpdir(), 'windlass-bench-steps-'));
    await labReset(dir);
    const { env } = await labUp({ dir });
    const connection = await Connection.connect({ address: env.TEMPORAL_ADDRESS });
    const client = new Client({ connection, namespace: env.TEMPORAL_NAMESPACE });
    const builds = [
      new Build('ours', ROOT, home, env, client),
      ...(BEFORE === undefined ? [] : [new Build('before', BEFORE, home, env, client)]),
    ];
    const figures = new Map<Build, Figures>();
    const bare: number[] = [];
    try {
      await makeNamespace(env.WINDLASS_LAB_KUBECONFIG);
      for (const build of builds) {
        figures.set(build, { changed: [], unchanged: [], version: [], planOne: [], planAll: [] });
        await build.startWorker(join(home, `${build.name}.log`));
        const warm = join(home, build.name, 'warm');
        writeRollout(warm, `${build.name}-warm`, 2);
        await build.roll(warm, 'warm');
      }
      for (let round = 1; round <= ROUNDS; round += 1) {
        for (const [build, of] of figures) await measure(build, of, join(home, build.name), round);
        say(`round ${String(round)} of ${String(ROUNDS)}`);
      }
      const contestant = await Bare.start(env.TEMPORAL_ADDRESS, env.WINDLASS_LAB_KUBECONFIG, client);
      try {
        const activities = median([...figures.values()][0]?.changed.map((took) => took.activities) ?? []);
        for (let round = 0; round <= ROUNDS; round += 1) {
          const took = await contestant.run(STEPS, activities);
          // The first one opens the connections.
          if (round > 0) bare.push(took);
        }
      } finally {
        await contestant.stop();
      }
    } finally {
      for (const build of builds) await build.stop();
      await connection.close();
      await labReset(dir);
      rmSync(home, { recursive: true, force: true });
    }
    return rowsOf(
      [...figures].map(([{ name }, of]) => [name, of] as const),
      bare,
    );
  },
};

async function measure(build: Build, of: Figures, home: string, round: number): Promise<void> {
  const [one, all] = [join(home, `one-${String(round)}`), join(home, `all-${String(round)}`)];
  mkdirSync(one, { recursive: true });
  writeRollout(one, `${build.name}-one`, 1);
  writeRollout(all, `${build.name}-${String(round)}`, STEPS);
  of.changed.push(await build.roll(all, 'all changed'));
  of.unchanged.push(await build.roll(all, 'all unchanged'));
  of.version.push(await seconds(() => cli(build, '--version')));
  of.planOne.push(await seconds(() => cli(build, 'plan', one, '--environment', 'lab')));
  of.planAll.push(await seconds(() => cli(build, 'plan', all, '--environment', 'lab')));
}

function cli(build: Build, ...args: readonly string[]): Promise<void> {
  build.cli(...args);
  return Promise.resolve();
}

async function makeNamespace(kubeconfig: string): Promise<void> {
  const server = new RawServer(kubeconfig, 1);
  const body = JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
  await server.ask('POST', '/api/v1/namespaces', body, 'application/json');
  await server.close();
}

function rowsOf(builds: readonly (readonly [string, Figures])[], bare: readonly number[]): readonly Row[] {
  const row = (name: string, unit: Row['unit'], of: (figures: Figures) => readonly number[], limit?: number): Row => {
    const [ours, ...others] = builds.map(([build, figures]) => [build, rounded(median(of(figures)))] as const);
    return { name, unit, ours: ours?.[1] ?? NaN, rivals: Object.fromEntries(others), limit: limit ?? null };
  };
  const each = (took: Took) => took.events / STEPS;
  return [
    row('events-per-changed-step', 'events', ({ changed }) => changed.map(each)),
    row('events-per-unchanged-step', 'events', ({ unchanged }) => unchanged.map(each)),
    row('changed', 's', ({ changed }) => changed.map((took) => took.seconds), rounded(median(bare))),
    row('unchanged', 's', ({ unchanged }) => unchanged.map((took) => took.seconds)),
    row('cli-version', 's', ({ version }) => version),
    row('plan-1', 's', ({ planOne }) => planOne),
    row(`plan-${String(STEPS)}`, 's', ({ planAll }) => planAll),
  ];
}

function rounded(value: number): number {
  return Number(value.toFixed(3));
}
