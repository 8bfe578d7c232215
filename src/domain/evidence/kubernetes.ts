import type { Json, JsonObject } from '../json.ts';
import { labelOf, type ObjectRef } from '../kubernetes-api.ts';
import { kind } from './kind.ts';

/** A set of objects. One alone is named, and not counted. */
interface ObjectSet {
  readonly objects: number;
  readonly only: ObjectRef | null;
}

interface AsDeclared {
  readonly objects: number;
  readonly same: number;
  /** Labels of the first that differ; absent where none does. */
  readonly differing?: readonly string[];
}

interface Readiness {
  /** `absent` where there is no such object. */
  readonly state: 'ready' | 'progressing' | 'failed' | 'terminating' | 'unknown' | 'absent';
  readonly reason: string;
  readonly replicas?: number;
  readonly readyReplicas?: number;
  readonly availableReplicas?: number;
  readonly updatedReplicas?: number;
  readonly numberAvailable?: number;
  readonly succeeded?: number;
  readonly generation?: number | null;
  readonly resourceVersion?: string | null;
}

interface Scaled {
  /** Absent where no attempt of the step has set it. */
  readonly before?: number;
  readonly after: number;
  /** Null where readiness is not waited for. */
  readonly ready: boolean | null;
  readonly reason: string;
  /** What was seen of the cluster, where the number was found from its capacity. */
  readonly capacity?: JsonObject;
}

interface Suspended {
  readonly all: number;
  readonly done: number;
  /** Labels of Jobs that still run, the first of them. */
  readonly running: readonly string[];
  readonly runningInAll: number;
  readonly cronJobs: readonly { readonly name: string; readonly now: Json }[];
}

interface Adopted {
  readonly adopted: number;
  readonly of: number;
  readonly absent: number;
  /** Labels of the first that are not. */
  readonly open: readonly string[];
}

interface Pruned {
  readonly leftInAll: number;
  /** Labels of the first that are left. */
  readonly left: readonly string[];
  /** `LABEL: WHY` of the first that are kept. */
  readonly kept: readonly string[];
}

/** What the engines of Kubernetes claim. */
export const KUBERNETES = {
  /** Every object of a step is as declared. */
  'set-as-declared': kind<ObjectSet, AsDeclared>({
    subject: ({ objects, only }) => (only === null ? `${objects} objects` : labelOf(only)),
    claim: (_about, { objects, same }, holds) =>
      holds ? 'as declared, every field ours' : `${same} of ${objects} as declared`,
  }),

  'workload-ready': kind<{ readonly object: ObjectRef }, Readiness>({
    subject: ({ object }) => labelOf(object),
    claim: (_about, { state, reason }, holds) =>
      state === 'absent' ? 'exists' : holds ? `ready: ${reason}` : `not ready: ${reason}`,
  }),

  'workload-scaled': kind<{ readonly object: ObjectRef }, Scaled>({
    subject: ({ object }) => labelOf(object),
    claim: (_about, { before, after, ready, reason }) => {
      const scaled = before === undefined || before === after ? `has ${after}` : `scaled from ${before} to ${after}`;
      return `${scaled} replicas${ready === null ? '' : ready ? ', ready' : `, not ready: ${reason}`}`;
    },
  }),

  'cron-jobs-suspended': kind<{ readonly namespace: string; readonly action: 'suspend' | 'resume' }, Suspended>({
    subject: ({ namespace }) => `CronJobs in ${namespace}`,
    claim: ({ action }, { all, done, runningInAll }) => {
      if (all === 0) return `there is none to ${action}`;
      const what = action === 'suspend' ? 'suspended' : 'resumed as far as they were suspended here';
      return `${done} of ${all} ${what}${runningInAll === 0 ? '' : `, ${runningInAll} Jobs still run`}`;
    },
  }),

  'secret-holds': kind<
    { readonly object: ObjectRef; readonly keys: readonly string[] },
    { readonly keys: readonly string[]; readonly declared: readonly string[] }
  >({
    subject: ({ object }) => labelOf(object),
    claim: ({ keys }) => `holds ${keys.join(', ')} as declared`,
  }),

  /** A rollout owns nothing that none of its steps declares. */
  'nothing-undeclared': kind<{ readonly inventory: ObjectRef }, Pruned>({
    subject: ({ inventory }) => labelOf(inventory),
    claim: (_about, { leftInAll }) =>
      leftInAll === 0
        ? 'owns nothing that no step declares, but for what is kept'
        : `${leftInAll} objects are left that no step declares`,
  }),

  'set-adopted': kind<{ readonly objects: number }, Adopted>({
    subject: ({ objects }) => `${objects} objects`,
    claim: (_about, { adopted, of }, holds) =>
      of === 0
        ? 'none of them is there to be adopted'
        : holds
          ? `${of} adopted: as declared, every field ours, none left to client-side apply`
          : `${adopted} of ${of} adopted`,
  }),
};
