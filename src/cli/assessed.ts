import type { RolloutRef } from '../client.ts';
import type { Config } from '../config.ts';
import { openBundle } from '../bundle/store.ts';
import type { Bundle } from '../domain/bundle.ts';
import { ofType } from '../domain/entries.ts';
import { WindlassFailure } from '../domain/failure.ts';
import type { DamagedEntry } from '../domain/damage.ts';
import { alike } from '../domain/readiness/alike.ts';
import { assess } from '../domain/readiness/assess.ts';
import type { Scorecard } from '../domain/readiness/scorecard.ts';
import { readinessShape } from '../domain/readiness/shape.ts';
import { openStore } from '../store/open.ts';
import { recordOf } from './record-of.ts';
import { recordedBundle } from './recorded.ts';

/** A scorecard out of the record. Needs no Temporal. */
export interface Assessed {
  readonly card: Scorecard;
  /** Digest of the bundle that says what is asked. */
  readonly bundle: string;
  readonly damaged: readonly DamagedEntry[];
  /** Why the bundle is not that of the newest run, in sentences; none where it is. */
  readonly doubts: readonly string[];
}

/**
 * How ready a rollout is at a moment, by the bundle of the newest run that had begun by then.
 *
 * @param at milliseconds since the epoch.
 * @throws WindlassFailure `NotFound` where no run had begun, or its bundle asks nothing; as `recordedBundle`; of the store.
 */
export async function assessed(config: Config, ref: RolloutRef, at: number): Promise<Assessed> {
  const record = recordOf(config);
  const runs = (await record.runs(ref)).filter(
    ({ drill, startedAt }) => !drill && startedAt !== null && Date.parse(startedAt) <= at,
  );
  const run = runs.at(-1)?.run;
  if (run === undefined) throw noRun(ref, at);
  const { digest, bundle, doubts } = await recordedBundle(config, ref, run);
  const shape = readinessShape(bundle);
  if (shape === null) throw nothingAsked(ref);
  const { entries, damaged } = await record.read(ref);
  const store = openStore(config.store.url, config.store.s3);
  const bundles = await alike(
    digest,
    bundle,
    entries.map(({ scope }) => scope.bundle),
    (other) => opened(store, other),
  );
  const starts = ofType(entries, 'start').filter(({ scope }) => scope.run === run);
  const simulated = starts.some(({ body }) => body.simulated === 'counts') ? 'counts' : 'apart';
  const card = assess(shape, { entries, damaged }, { ...ref, bundles }, { at, simulated });
  return { card, bundle: digest, damaged, doubts };
}

/** A bundle that cannot be opened is like no other. */
async function opened(store: Parameters<typeof openBundle>[0], digest: string): Promise<Bundle | null> {
  try {
    return (await openBundle(store, digest)).bundle;
  } catch (error) {
    if (error instanceof WindlassFailure && (error.type === 'BundleMissing' || error.type === 'BundleCorrupt'))
      return null;
    throw error;
  }
}

function noRun({ rollout, environment }: RolloutRef, at: number): WindlassFailure {
  return new WindlassFailure('NotFound', `The record has no run that had begun by ${new Date(at).toISOString()}.`, {
    object: `${rollout} → ${environment}`,
    next: 'Check the names and the time, and that WINDLASS_STORE is the store that the worker writes to.',
  });
}

function nothingAsked({ rollout, environment }: RolloutRef): WindlassFailure {
  return new WindlassFailure('NotFound', 'The rollout does not say what makes it ready.', {
    object: `${rollout} → ${environment}`,
    next: 'Write spec.readiness (docs/readiness.md), and start the rollout with it.',
  });
}
