import type { RolloutRef } from '../client.ts';
import type { Config } from '../config.ts';
import { openBundle } from '../bundle/store.ts';
import type { Bundle } from '../domain/bundle.ts';
import { compareTexts } from '../domain/compare.ts';
import { ofType } from '../domain/entries.ts';
import { WindlassFailure } from '../domain/failure.ts';
import type { DamagedEntry } from '../domain/damage.ts';
import { alike } from '../domain/readiness/alike.ts';
import { assess, ASSESSED_TYPES } from '../domain/readiness/assess.ts';
import type { Scorecard } from '../domain/readiness/scorecard.ts';
import { readinessShape, type ReadinessShape } from '../domain/readiness/shape.ts';
import type { RecordEntry } from '../domain/record-entry.ts';
import { openStore } from '../store/open.ts';
import { recordOf } from '../record-of.ts';
import { recordedBundle } from './recorded.ts';

/** A scorecard out of the record. Needs no Temporal. */
export interface Assessed {
  readonly card: Scorecard;
  /** What it came to when somebody looked before, as the record has it; null where nobody did. */
  readonly last: Scorecard | null;
  /** Digest of the bundle that says what is asked. */
  readonly bundle: string;
  readonly shape: ReadinessShape;
  readonly damaged: readonly DamagedEntry[];
  /** Why the bundle is not that of the newest run, in sentences; none where it is. */
  readonly doubts: readonly string[];
}

/**
 * How ready a rollout is at a moment, by the bundle of the newest run that had begun by then.
 *
 * @param at milliseconds since the epoch.
 * @param looked the run that has just looked: what it is compared with is the one before.
 * @throws WindlassFailure `NotFound` where no run had begun, or its bundle asks nothing; as `recordedBundle`; of the store.
 */
export async function assessed(
  config: Config,
  { environment, rollout }: RolloutRef,
  at: number,
  looked?: string,
): Promise<Assessed> {
  // Nothing else of what names the rollout: with a run besides, the record would tell of that one alone.
  const ref = { environment, rollout };
  const record = recordOf(config);
  const runs = (await record.runs(ref)).filter(
    ({ drill, startedAt }) => !drill && startedAt !== null && Date.parse(startedAt) <= at,
  );
  const run = runs.at(-1)?.run;
  if (run === undefined) throw noRun(ref, at);
  const { digest, bundle, doubts } = await recordedBundle(config, ref, run);
  const shape = readinessShape(bundle);
  if (shape === null) throw nothingAsked(ref);
  const { entries, damaged } = await record.read({ ...ref, types: ASSESSED_TYPES });
  const store = openStore(config.store.url, config.store.s3);
  const bundles = await alike(
    digest,
    bundle,
    entries.map(({ scope }) => scope.bundle),
    (other) => opened(store, other),
  );
  const until = entries.filter(({ time }) => Date.parse(time) <= at);
  const simulated = simulatedBy(until, run);
  const card = assess(shape, { entries, damaged }, { ...ref, bundles }, { at, simulated });
  const last = ofType(until, 'readiness').findLast(({ scope }) => scope.run !== looked)?.body.card ?? null;
  return { card, last, bundle: digest, shape, damaged, doubts };
}

/** What the policy of the worker said of what is simulated, when it last opened the run or looked at the readiness. */
function simulatedBy(entries: readonly RecordEntry[], run: string): Scorecard['simulated'] {
  const opened = ofType(entries, 'start').findLast(({ scope }) => scope.run === run);
  const looked = ofType(entries, 'readiness').at(-1);
  if (looked !== undefined && (opened === undefined || compareTexts(looked.time, opened.time) > 0))
    return looked.body.card.simulated;
  return opened?.body.simulated ?? 'apart';
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
