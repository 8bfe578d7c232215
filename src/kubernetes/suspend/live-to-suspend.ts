import type { Change, ChangedField } from '../../domain/change.ts';
import { WindlassFailure } from '../../domain/failure.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { KubernetesSuspendSpec } from '../../domain/kinds/kubernetes-suspend.ts';
import type { KubernetesApi, KubernetesObject } from '../../domain/kubernetes-api.ts';
import { absent } from '../absent.ts';
import { read } from '../../domain/json-fields.ts';
import { authorsOf } from '../../domain/managed-fields.ts';
import { labelOf, refOf } from '../identity.ts';
import { unfinishedJobs } from './jobs.ts';

const CRON_JOB = { apiVersion: 'batch/v1', kind: 'CronJob' } as const;

/** On a CronJob that we have suspended: those without it were suspended before, and stay so. */
const SUSPENDED_BY = 'windlass.dev/suspended-by';

/** A CronJob, and what is to be merged into it; null for nothing. */
interface Suspension {
  readonly cronJob: KubernetesObject;
  readonly fields: JsonObject | null;
  readonly line: string;
}

export interface Looked {
  readonly suspensions: readonly Suspension[];
  /** Jobs of these CronJobs that run, where they are waited for. */
  readonly running: readonly KubernetesObject[];
}

/**
 * Looks at the CronJobs of a step. Touches nothing.
 *
 * @param by what is written down on a CronJob that is suspended: the rollout and its environment.
 * @throws WindlassFailure `NotFound` for a name, `ExpectationFailed` when there are too few.
 */
export async function lookAt(
  spec: KubernetesSuspendSpec,
  by: string,
  api: KubernetesApi,
  signal: AbortSignal,
): Promise<Looked> {
  const { namespace, selector, names, atLeast } = spec;
  const all = await api.list(CRON_JOB, { namespace, signal });
  const missing = names.filter((name) => all.every((one) => one.metadata.name !== name));
  if (missing.length > 0) throw absent(missing.map((name) => ({ ...CRON_JOB, namespace, name })));
  const chosen = all.filter((one) => names.includes(one.metadata.name) || (selector && hasLabels(one, selector)));
  if (chosen.length < atLeast) throw tooFew(chosen.length, spec);
  const running = spec.action === 'suspend' && spec.running === 'wait' ? await unfinishedJobs(chosen, api, signal) : [];
  return { suspensions: chosen.map((one) => suspensionOf(one, spec, by)), running };
}

function suspensionOf(cronJob: KubernetesObject, { action, all }: KubernetesSuspendSpec, by: string): Suspension {
  const isSuspended = read(cronJob, 'spec', 'suspend') === true;
  const suspender = cronJob.metadata.annotations?.[SUSPENDED_BY];
  if (action === 'suspend') {
    if (isSuspended) return { cronJob, fields: null, line: `suspended already by ${suspender ?? 'somebody else'}` };
    return { cronJob, fields: merged(true, by), line: 'spec.suspend: false -> true' };
  }
  if (isSuspended && suspender === undefined && !all)
    return { cronJob, fields: null, line: 'stays suspended: it was so before' };
  if (!isSuspended && suspender === undefined) return { cronJob, fields: null, line: 'is not suspended' };
  return {
    cronJob,
    fields: merged(false, null),
    line: isSuspended
      ? 'spec.suspend: true -> false'
      : 'resumed by somebody else already: the note of its suspension goes',
  };
}

/** Both at once, so that no attempt can leave one without the other. */
function merged(suspend: boolean, by: string | null): JsonObject {
  return { metadata: { annotations: { [SUSPENDED_BY]: by } }, spec: { suspend } };
}

/** @param authors whether who has suspended or resumed them is told too. */
export function changesOf({ suspensions, running }: Looked, authors = false): readonly Change[] {
  return [
    ...suspensions.map(({ cronJob, fields, line }): Change => ({
      action: fields === null ? 'unchanged' : 'update',
      what: labelOf(refOf(cronJob)),
      destructive: false,
      ...(authors && fields !== null ? { fields: [suspendField(cronJob, fields)] } : { detail: [line] }),
    })),
    ...running.map((job): Change => ({
      action: 'update',
      what: labelOf(refOf(job)),
      destructive: false,
      detail: ['still runs: it is waited for, not changed'],
    })),
  ];
}

function suspendField(cronJob: KubernetesObject, fields: JsonObject): ChangedField {
  const suspends = (of: JsonObject): string => String(read(of, 'spec', 'suspend') === true);
  const by = authorsOf(cronJob, ['spec', 'suspend']);
  return { field: 'spec.suspend', before: suspends(cronJob), after: suspends(fields), by };
}

function hasLabels({ metadata }: KubernetesObject, labels: Readonly<Record<string, string>>): boolean {
  return Object.entries(labels).every(([key, value]) => metadata.labels?.[key] === value);
}

function tooFew(found: number, { namespace, atLeast }: KubernetesSuspendSpec): WindlassFailure {
  return new WindlassFailure(
    'ExpectationFailed',
    `${String(found)} CronJobs are chosen in namespace ${namespace}, and at least ${String(atLeast)} are expected.`,
    {
      object: `CronJobs in ${namespace}`,
      next: 'Correct the selector, or set atLeast to what may be; nothing was changed.',
      facts: { found, atLeast },
    },
  );
}
