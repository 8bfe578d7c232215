import { standingApprovals } from './approving.ts';
import type { ChangeAction } from './change.ts';
import { ofType, type EntryOf } from './entries.ts';
import { stepPath } from './names.ts';
import type { RecordEntry } from './record-entry.ts';

/** A time that a rollout changed a thing, and who let it. */
export interface Made {
  /** ISO 8601 in UTC. */
  readonly time: string;
  readonly run: string;
  readonly bundle: string;
  /** PHASE/STEP */
  readonly step: string;
  readonly action: ChangeAction;
  readonly detail: readonly string[];
  /** Who started the run; null where that is not on record. */
  readonly startedBy: string | null;
  /** The approvals of its gate that stood when it was changed. */
  readonly approvedBy: readonly { readonly by: string; readonly comment: string }[];
}

/**
 * Every time that a rollout changed a thing, oldest first, with who started the run and who approved the step in it.
 *
 * @param what the thing as plans name it: `Deployment data/web`, `bucket backups`.
 */
export function whyIs(what: string, entries: readonly RecordEntry[]): readonly Made[] {
  const starts = ofType(entries, 'start').filter(({ body }) => body.denial === undefined);
  const decisions = ofType(entries, 'decision').filter(({ body }) => body.denial === null);
  return ofType(entries, 'applied').flatMap((entry) => {
    const { time, scope, body } = entry;
    const startedBy = starts.find((start) => start.scope.run === scope.run)?.body.by ?? null;
    const at = { time, run: scope.run, bundle: scope.bundle, step: stepPath(scope.phase ?? '', scope.step ?? '') };
    return body.changes
      .filter((change) => change.what === what && change.action !== 'unchanged')
      .map(({ action, detail = [] }) => ({
        ...{ ...at, action, detail, startedBy },
        approvedBy: approvalsOf(entry, decisions),
      }));
  });
}

/** Of the opening of the gate that was decided last before the change. */
function approvalsOf({ time, scope }: RecordEntry, decisions: readonly EntryOf<'decision'>[]): Made['approvedBy'] {
  const { run, phase, step } = scope;
  const own = decisions.filter((one) => one.scope.run === run && one.scope.phase === phase && one.scope.step === step);
  const before = own.filter((one) => one.time <= time).map(({ body }) => body.decision);
  const last = before.at(-1);
  const same = before.filter(
    ({ opening, changeDigest }) => opening === last?.opening && changeDigest === last?.changeDigest,
  );
  return standingApprovals(same).approvals.map(({ by, comment }) => ({ by, comment }));
}
