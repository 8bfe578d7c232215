import type { DrillOf, DrillPart, OpenDrillPart } from '../../domain/drill-part.ts';
import type { EngineContext } from '../../domain/step-engine.ts';
import { WindlassFailure } from '../../domain/failure.ts';
import type { Json } from '../../domain/json.ts';
import type { VeleroDrillSpec } from '../../domain/kinds/velero-drill.ts';
import type { BackupTools } from '../backup/tools.ts';
import { bucketsPart, type BucketAccess } from './buckets-part.ts';
import { writeJournal, type Journal } from './journal.ts';
import { drillKeys, drillLabels, journalRef } from './names.ts';
import { objectsPart } from './objects-part.ts';
import { newNonce } from './sentinels.ts';
import { turnOf, type Turn } from './turn.ts';
import type { Inspection } from './volumes/inspector.ts';
import { volumesPart } from './volumes/part.ts';

/** What a drill works with. */
export interface DrillTools extends BackupTools {
  /** The buckets of a target of kind `s3`. */
  readonly buckets: (target: string) => Promise<BucketAccess>;
  /** Without it the data in volumes is not proven. */
  readonly logs?: Inspection['logs'];
  /** What other rooms prove, after the objects. */
  readonly parts?: readonly OpenDrillPart[];
}

/** One drill: everything its stages share. */
export interface Drill extends Omit<DrillTools, 'parts'>, DrillOf {
  /** In the order in which they are planted, recorded, restored and compared. */
  readonly parts: readonly DrillPart[];
  readonly turn: Turn;
}

export function openDrill(tools: DrillTools, spec: VeleroDrillSpec, context: EngineContext): Drill {
  const of: DrillOf = { spec, keys: drillKeys(context.owner), context };
  const others = [volumesPart(tools, of), bucketsPart(tools, of), ...(tools.parts ?? []).map((open) => open(of))];
  const parts = [objectsPart(tools, of), ...others.filter((part) => part !== null)];
  return { ...tools, ...of, parts, turn: turnOf(tools.api, of) };
}

/** @throws WindlassFailure `NotFound` for a namespace that does not exist. */
export async function namespacesExist({ api, spec, context: { signal } }: Drill): Promise<void> {
  for (const name of spec.includedNamespaces) {
    if ((await api.get({ apiVersion: 'v1', kind: 'Namespace', name }, { signal })) !== null) continue;
    throw new WindlassFailure('NotFound', 'The namespace that is to be drilled does not exist.', {
      object: `Namespace ${name}`,
      next: 'Correct includedNamespaces, or put the drill after the steps that make the namespace.',
    });
  }
}

/**
 * Plants the sentinels and writes down what there is before a backup is made.
 *
 * @throws WindlassFailure of the part that could not plant, as `Turn.assert`, or as `KubernetesApi.apply` does.
 */
export async function begin(drill: Drill): Promise<Journal> {
  const { api, spec, keys, context, turn } = drill;
  const nonce = newNonce();
  const parts = await inTurn(drill, 'plant', (part) => part.plant(nonce));
  await turn.assert();
  const journal: Journal = { nonce, backup: null, parts };
  await writeJournal(api, journalRef(spec.namespace, keys), drillLabels(keys), journal, context.signal);
  return journal;
}

/**
 * One part after the other; what each gives by its name.
 *
 * @throws what `work` throws, or as `Turn.assert`; the parts after that one are left alone.
 */
export async function inTurn(
  { parts, context, turn }: Drill,
  stage: string,
  work: (part: DrillPart) => Promise<Json>,
): Promise<Journal['parts']> {
  const states: Record<string, Json> = {};
  for (const part of parts) {
    await turn.assert();
    context.progress({ stage, part: part.name });
    states[part.name] = await work(part);
  }
  return states;
}

/** Whether another attempt can go on where this one failed. */
export function isResumable(error: unknown, { signal }: EngineContext): boolean {
  return !signal.aborted && error instanceof WindlassFailure && error.summary().retryable;
}
