import { BEFORE, median, type Row } from '../harness.ts';
import { flux, kubectl, limit } from './contestants.ts';
import { durably } from './durable.ts';
import { row } from './rows.ts';
import type { Stage } from './stage.ts';
import { assertRepaired, drift, isSame, settledVersions } from './state.ts';

const COUNT = 1_000;

/** What one contestant took, in seconds; what it does not take part in is left out. */
interface Times {
  readonly cold: number[];
  readonly again: number[];
  readonly drift: number[];
}

/**
 * A thousand objects: applied to an empty cluster, applied again unchanged, and repaired after somebody edited ten of
 * them. Each contestant begins on a cluster of its own, all in turn in each round. Ours is timed inside its process, from
 * reading the manifests on, since a worker is up already; so is Flux's, which is a library; kubectl from start to end.
 */
export async function cold(stage: Stage): Promise<readonly Row[]> {
  const manifests = stage.manifests(COUNT);
  const [ours, earlier, theirs, kubectls, bare, locals] = [times(), times(), times(), times(), times(), times()];
  const { localKubectl } = stage.rivals;
  const [engine, durable, earlierTotals]: [number[], number[], number[]] = [[], [], []];
  const turns: readonly (() => Promise<void>)[] = [
    async () => void engine.push(await windlass(stage, manifests, ours)),
    ...(BEFORE === undefined
      ? []
      : [async () => void earlierTotals.push(await windlass(stage, manifests, earlier, BEFORE))]),
    async () => void bare.cold.push(await limit(stage.cluster.kubeconfig, manifests)),
    () => rival(stage, theirs, () => flux(stage.rivals.flux, stage.cluster.kubeconfig, manifests)),
    () => rival(stage, kubectls, () => applyByKubectl(stage, stage.rivals.kubectl, manifests)),
    async () => void durable.push(await durably(stage, manifests)),
  ];
  for (let round = 0; round < stage.rounds; round++) {
    // Each begins a round once: what comes after what makes a difference.
    const first = round % turns.length;
    for (const turn of [...turns.slice(first), ...turns.slice(0, first)]) {
      await stage.cluster.reset();
      await turn();
    }
    // More than a minute, whatever the machine is like: its own limit of requests per second is what it waits for.
    if (localKubectl !== null && round % 2 === 0) {
      await stage.cluster.reset();
      locals.cold.push(await applyByKubectl(stage, localKubectl, manifests));
      locals.again.push(await applyByKubectl(stage, localKubectl, manifests));
    }
    stage.say(`cold round ${round + 1} of ${stage.rounds}`);
  }
  // The one on PATH is what people have; the newest, which no longer limits its own requests, stands beside it.
  const against = (of: keyof Times) => ({
    ...(locals[of].length === 0
      ? { kubectl: median(kubectls[of]) }
      : { kubectl: median(locals[of]), 'kubectl-1.36': median(kubectls[of]) }),
    'flux-ssa': median(theirs[of]),
    ...(BEFORE === undefined ? {} : { before: median(earlier[of]) }),
  });
  return [
    row('apply-1000', 's', median(ours.cold), against('cold'), median(bare.cold)),
    row('reapply-1000', 's', median(ours.again), against('again')),
    row('drift-1pc', 's', median(ours.drift), against('drift')),
    row('durability-tax', 's', median(durable), {}, median(engine)),
  ];
}

function times(): Times {
  return { cold: [], again: [], drift: [] };
}

/** @returns how long apply and wait took together, in seconds. */
async function windlass(stage: Stage, manifests: string, into: Times, checkout?: string): Promise<number> {
  const { cluster } = stage;
  const engine = await stage.engine(checkout);
  try {
    const tell = (verb: 'apply' | 'repeat', force = false) =>
      engine.tell({ verb, kubeconfig: cluster.kubeconfig, manifests, force });
    const { seconds, appliedSeconds } = await tell('apply');
    into.cold.push(appliedSeconds);
    const before = await settledVersions(cluster);
    into.again.push((await tell('repeat')).seconds);
    if (!isSame(before, await settledVersions(cluster))) throw new Error('what was unchanged was written');
    await drift(cluster, COUNT);
    into.drift.push((await tell('repeat', true)).seconds);
    await assertRepaired(cluster);
    return seconds;
  } finally {
    await engine.stop();
  }
}

async function rival(stage: Stage, into: Times, apply: () => Promise<number>): Promise<void> {
  into.cold.push(await apply());
  await settledVersions(stage.cluster);
  into.again.push(await apply());
  await drift(stage.cluster, COUNT);
  into.drift.push(await apply());
  await assertRepaired(stage.cluster);
}

function applyByKubectl({ cluster, scratch }: Stage, program: string, manifests: string): Promise<number> {
  const connection = ['--kubeconfig', cluster.kubeconfig, '--cache-dir', `${scratch}/kubectl`];
  return kubectl(program, [...connection, 'apply', '--server-side', '--force-conflicts', '-f', manifests]);
}
