import type { Finding } from '../../domain/evidence.ts';
import { credentialsRef, locationRef, type VeleroLocationSpec } from '../../domain/kinds/velero-location.ts';
import { unavailability } from './availability.ts';
import type { LocationPlan } from './plan.ts';
import { statusOf } from './status.ts';

/** What holds of a location now: that Velero calls it Available and still looks, and that it is as declared. */
export function findingsOf(spec: VeleroLocationSpec, plan: LocationPlan, now: Date = new Date()): readonly Finding[] {
  const status = statusOf(plan.location.found);
  const why = unavailability(status, spec, now.getTime());
  const { namespace, name } = spec;
  const common = { how: 'real', time: now.toISOString() } as const;
  const locationPath = `/apis/velero.io/v1/namespaces/${namespace}/backupstoragelocations/${name}`;
  return [
    {
      ...common,
      kind: 'location-available',
      about: { location: { namespace, name }, bucket: spec.bucket },
      holds: why === null,
      source: locationPath,
      observed: {
        phase: status.phase,
        lastValidationTime: status.validated,
        ...(why === null ? {} : { reason: why.code, why: why.why }),
      },
    },
    {
      ...common,
      kind: 'object-as-declared',
      about: { object: locationRef(spec) },
      holds: plan.location.change.action === 'unchanged',
      source: locationPath,
      observed: { differs: plan.location.change.detail ?? [] },
    },
    {
      ...common,
      kind: 'location-credentials',
      about: { secret: { namespace, name: credentialsRef(spec).name } },
      holds: plan.secret.change.action === 'unchanged',
      source: `/api/v1/namespaces/${namespace}/secrets/${credentialsRef(spec).name}`,
      observed: { found: plan.secret.found !== null },
    },
  ];
}
