import { WindlassFailure } from '../../domain/failure.ts';
import { isReadAlike } from '../../domain/cron/problems.ts';
import type { VeleroScheduleSpec } from '../../domain/kinds/velero-schedule.ts';
import type { KubernetesApi, ObjectRef } from '../../domain/kubernetes-api.ts';
import type { EngineContext } from '../../domain/step-engine.ts';
import { waitUntilFinal } from '../backup/wait.ts';
import { requireVelero } from '../installed.ts';
import { textAt } from '../values.ts';

/** Velero answers such a request within seconds. */
const ANSWERED_WITHIN_MS = 60_000;

/**
 * Asks Velero, as `velero version` does, whether it reads the schedule as the version that the step declares does. A server that says
 * no version that is known (a build of its own) is taken at the step's word.
 *
 * @throws WindlassFailure `ExpectationFailed` when it reads it in another way, `NotReadyInTime` when it does not answer.
 */
export async function assertReadAsDeclared(
  api: KubernetesApi,
  { name, namespace, schedule, veleroVersion }: VeleroScheduleSpec,
  context: EngineContext,
): Promise<void> {
  if (veleroVersion === undefined) return;
  const ref: ObjectRef = {
    apiVersion: 'velero.io/v1',
    kind: 'ServerStatusRequest',
    namespace,
    name: `windlass-${name}`,
  };
  const { apiVersion, kind } = ref;
  const { signal } = context;
  const request = { apiVersion, kind, metadata: { name: ref.name, namespace }, spec: {} };
  try {
    await requireVelero(() => api.apply(request, { signal }));
    const answer = await waitUntilFinal(
      api,
      {
        kind: { apiVersion, kind },
        namespace,
        name: ref.name,
        final: ({ status }) => textAt(status, 'phase') === 'Processed',
      },
      ANSWERED_WITHIN_MS,
      context,
    );
    const version = textAt(answer?.status, 'serverVersion') ?? '';
    if (isReadAlike(schedule, version, veleroVersion)) return;
    throw new WindlassFailure(
      'ExpectationFailed',
      `Velero is ${version}, and the step declares ${veleroVersion}, which reads the schedule in another way.`,
      {
        object: `Schedule ${namespace}/${name}`,
        next: 'Declare the version that runs as veleroVersion, see that the schedule still means what you want, and start it anew; nothing was touched.',
      },
    );
  } finally {
    // Velero deletes it by itself too, a minute later.
    await api.delete(ref).catch(() => false);
  }
}
