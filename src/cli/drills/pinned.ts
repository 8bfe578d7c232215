import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { RolloutRef } from '../../client.ts';
import { openBundle, saveBundle } from '../../bundle/store.ts';
import { readConfig } from '../../config.ts';
import type { Bundle } from '../../domain/bundle.ts';
import { drillSteps, type DrillStep } from '../../domain/drill/schedule.ts';
import { openStore } from '../../store/open.ts';
import { choose } from '../choose.ts';
import type { Cli } from '../cli.ts';
import { loadOrRefuse } from '../load.ts';
import { nothingReads, recordedEntries } from '../recorded.ts';
import { rolloutRef } from '../rollout-ref.ts';

/** A bundle that is in the store, and the drill that is meant of it. */
export interface Pinned extends RolloutRef {
  readonly digest: string;
  readonly bundle: Bundle;
  readonly drill: DrillStep;
}

/**
 * The bundle that is drilled: that of a directory as it is now, or that of the newest start of a rollout.
 *
 * @param asked `PHASE/STEP`, which may be left out when the bundle has one drill.
 * @throws WindlassFailure `InvalidRollout`, `NotFound` for a rollout that was never started, `WrongUsage`.
 */
export async function pinnedDrill(
  cli: Cli,
  rollout: string,
  asked: string | undefined,
  { environment, set }: { readonly environment: string; readonly set: Readonly<Record<string, string>> },
): Promise<Pinned> {
  const { digest, bundle } = await pinnedBundle(cli, rollout, { environment, set });
  const candidates = drillSteps(bundle).map((drill) => ({
    ...drill,
    phase: drill.phase,
    step: drill.step.name,
    drill,
  }));
  const { drill } = choose(candidates, asked, {
    one: 'step of kind velero.drill',
    many: 'steps of kind velero.drill',
    none: 'Write one: docs/steps/velero.md says what it needs.',
    type: 'WrongUsage',
  });
  return { rollout: bundle.rollout, environment: bundle.environment, digest, bundle, drill };
}

/**
 * A bundle that is in the store: that of a directory as it is now, or that of the newest start of a rollout.
 *
 * @throws WindlassFailure `InvalidRollout`, `NotFound` for a rollout that was never started.
 */
export async function pinnedBundle(
  cli: Cli,
  rollout: string,
  { environment, set }: { readonly environment: string; readonly set: Readonly<Record<string, string>> },
): Promise<Stored> {
  return existsSync(join(rollout, 'rollout.yaml'))
    ? ofDirectory(cli, rollout, environment, set)
    : ofNewestStart(cli, await rolloutRef(rollout, environment));
}

interface Stored {
  readonly digest: string;
  readonly bundle: Bundle;
}

async function ofDirectory(
  cli: Cli,
  directory: string,
  environment: string,
  set: Readonly<Record<string, string>>,
): Promise<Stored> {
  const loaded = await loadOrRefuse(cli, directory, environment, set);
  await saveBundle(storeOf(cli), loaded);
  return loaded;
}

async function ofNewestStart(cli: Cli, ref: RolloutRef): Promise<Stored> {
  const { entries, damaged, run } = await recordedEntries(readConfig(cli.env), ref);
  const [first] = entries;
  if (first === undefined) throw nothingReads(run, damaged);
  const digest = first.scope.bundle;
  return { digest, bundle: (await openBundle(storeOf(cli), digest)).bundle };
}

function storeOf(cli: Cli) {
  const { store } = readConfig(cli.env);
  return openStore(store.url, store.s3);
}
