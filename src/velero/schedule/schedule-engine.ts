import type { Change } from '../../domain/change.ts';
import type { Applied, EngineContext, StepEngine } from '../../domain/step-engine.ts';
import type { Finding } from '../../domain/evidence.ts';
import { WindlassFailure } from '../../domain/failure.ts';
import { scheduleRef, type VeleroScheduleSpec } from '../../domain/kinds/velero-schedule.ts';
import type { KubernetesApi } from '../../domain/kubernetes-api.ts';
import { BACKUP } from '../backup/objects.ts';
import { waitUntilFinal } from '../backup/wait.ts';
import { requireVelero } from '../installed.ts';
import { planObject, writePlanned } from '../object-plan.ts';
import { textAt, textsAt } from '../values.ts';
import { scheduleFindings, type ScheduleState } from './schedule-findings.ts';
import { SCHEDULE_LABEL, scheduleObject } from './objects.ts';
import { assertReadAsDeclared } from './server-version.ts';

/** Velero looks at a new or changed schedule at once, and at all of them every minute. */
const SEEN_WITHIN_MS = 90_000;

/**
 * The engine of `velero.schedule`. Fails with `ExpectationFailed` when Velero does not accept the schedule, with its
 * words, or is of a version that reads it in another way than the declared one; `UnknownKind` where Velero is not installed; `NotReadyInTime` when Velero does not look; `FenceLost`.
 */
export function veleroScheduleEngine(api: KubernetesApi): StepEngine<VeleroScheduleSpec> {
  async function inspect(spec: VeleroScheduleSpec, { signal, authors }: EngineContext): Promise<ScheduleState> {
    return requireVelero(async () => {
      const found = await api.get(scheduleRef(spec), { signal });
      const labelSelector = `${SCHEDULE_LABEL}=${spec.name}`;
      return {
        plan: await planObject(api, scheduleObject(spec), found, { signal, authors }),
        backups: await api.list(BACKUP, { namespace: spec.namespace, labelSelector, signal }),
      };
    });
  }

  async function plan(spec: VeleroScheduleSpec, context: EngineContext): Promise<readonly Change[]> {
    return [(await inspect(spec, context)).plan.change];
  }

  async function apply(spec: VeleroScheduleSpec, context: EngineContext): Promise<Applied> {
    const { plan: planned } = await inspect(spec, context);
    await assertReadAsDeclared(api, spec, context);
    await writePlanned(api, planned, context);
    await untilSeen(api, spec, context);
    return { changes: [planned.change], findings: scheduleFindings(spec, await inspect(spec, context)) };
  }

  async function verify(spec: VeleroScheduleSpec, context: EngineContext): Promise<readonly Finding[]> {
    // Velero may have been upgraded since.
    await assertReadAsDeclared(api, spec, context);
    return scheduleFindings(spec, await inspect(spec, context));
  }

  return { plan, apply, verify, undo };
}

async function untilSeen(api: KubernetesApi, spec: VeleroScheduleSpec, context: EngineContext): Promise<void> {
  const { apiVersion, kind } = scheduleRef(spec);
  const seen = await waitUntilFinal(
    api,
    {
      kind: { apiVersion, kind },
      namespace: spec.namespace,
      name: spec.name,
      final: ({ status }) => ['Enabled', 'FailedValidation'].includes(textAt(status, 'phase') ?? ''),
    },
    SEEN_WITHIN_MS,
    context,
  );
  if (textAt(seen?.status, 'phase') === 'Enabled') return;
  const errors = textsAt(seen?.status, 'validationErrors');
  const why = seen === null ? 'somebody deleted it' : errors.join('; ');
  throw new WindlassFailure('ExpectationFailed', `Velero does not run the schedule: ${why}.`, {
    object: `Schedule ${spec.namespace}/${spec.name}`,
    next: 'Correct the step by the words of Velero, then retry it.',
  });
}

function undo({ namespace, name }: VeleroScheduleSpec): string {
  return `Deleting Schedule ${namespace}/${name} ends it; the backups that it made stay until their time is up.`;
}
