import type { Change } from '../../domain/change.ts';
import type { Applied, EngineContext, StepEngine } from '../../domain/step-engine.ts';
import type { Finding } from '../../domain/evidence.ts';
import { WindlassFailure } from '../../domain/failure.ts';
import type { VeleroLocationSpec } from '../../domain/kinds/velero-location.ts';
import type { KubernetesApi } from '../../domain/kubernetes-api.ts';
import { serverUrl } from '../../domain/server-url.ts';
import { requireVelero } from '../installed.ts';
import { writePlanned } from '../object-plan.ts';
import type { Reason } from '../reason.ts';
import { changesOf } from './availability.ts';
import { baselineOf, resumedBaseline, type Baseline } from './baseline.ts';
import { findingsOf } from './location-findings.ts';
import type { ObjectStore } from './objects.ts';
import { planLocation, type LocationPlan } from './plan.ts';
import { isRecent, statusOf, type LocationStatus } from './status.ts';
import { waitUntilAvailable } from './wait.ts';

/**
 * The engine of `velero.location`. Fails with `LocationUnavailable` when Velero does not call the location Available in
 * time, `UnknownKind` where Velero is not installed, `FenceLost`, `ReferenceUnresolved` for keys that a credentials file
 * cannot carry, and with what the API server refuses. Nothing it throws or gives back holds a credential.
 */
export function veleroLocationEngine(api: KubernetesApi, store: ObjectStore): StepEngine<VeleroLocationSpec> {
  async function inspect(spec: VeleroLocationSpec, context: EngineContext): Promise<LocationPlan> {
    serverUrl(store.endpoint);
    return requireVelero(() => planLocation(api, spec, store, context));
  }

  async function plan(spec: VeleroLocationSpec, context: EngineContext): Promise<readonly Change[]> {
    return changesOf(spec, await inspect(spec, context), Date.now());
  }

  async function apply(spec: VeleroLocationSpec, context: EngineContext): Promise<Applied> {
    const { secret, location } = await inspect(spec, context);
    const changes = changesOf(spec, { secret, location }, Date.now());
    const before = baseline(spec, { secret, location }, context);
    // Told before the first write, so that a retry knows it even if this attempt dies in between.
    context.progress({ before });
    await writePlanned(api, secret, context);
    const stored = await writePlanned(api, location, context);
    // The answer to the write tells best what was there before it; Velero may have looked since the plan.
    const known = stored === null ? before : baselineOf(statusOf(stored));
    const outcome = await waitUntilAvailable(api, spec, known, context);
    if (!outcome.available) throw unavailable(spec, outcome.status, outcome.reason);
    return { changes, findings: await verify(spec, context) };
  }

  async function verify(spec: VeleroLocationSpec, context: EngineContext): Promise<readonly Finding[]> {
    return findingsOf(spec, await inspect(spec, context));
  }

  return { plan, apply, verify, undo };
}

/** What Velero said before our change, hence must not count; null when everything counts. */
function baseline(spec: VeleroLocationSpec, plan: LocationPlan, context: EngineContext): Baseline | null {
  const resumed = resumedBaseline(context.resume);
  if (resumed !== undefined) return resumed;
  const status = statusOf(plan.location.found);
  const untouched = [plan.secret, plan.location].every(({ change }) => change.action === 'unchanged');
  return untouched && isRecent(status, spec, Date.now()) ? null : baselineOf(status);
}

function unavailable(spec: VeleroLocationSpec, status: LocationStatus, reason: Reason): WindlassFailure {
  const message =
    `Velero did not call the location Available within ${spec.availableWithin} (bucket ${spec.bucket}): ` +
    `${reason.why}.`;
  return new WindlassFailure('LocationUnavailable', message, {
    object: `BackupStorageLocation ${spec.namespace}/${spec.name}`,
    next: `${reason.next} Velero looks again every ${spec.validationFrequency}; then retry the step.`,
    facts: { reason: reason.code, bucket: spec.bucket, phase: status.phase, lastValidationTime: status.validated },
  });
}

function undo(spec: VeleroLocationSpec): string {
  return (
    `Deleting BackupStorageLocation ${spec.namespace}/${spec.name} and Secret ${spec.namespace}/${spec.name}-credentials ` +
    'makes Velero forget the backups of the location; what is in the bucket stays, and they come back with the location.'
  );
}
