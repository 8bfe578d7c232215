import type { Finding } from '../../domain/evidence.ts';
import { credentialsRef, type VeleroLocationSpec } from '../../domain/kinds/velero-location.ts';
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
      subject: `BackupStorageLocation ${namespace}/${name}`,
      claim: `Velero calls bucket ${spec.bucket} Available`,
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
      subject: `BackupStorageLocation ${namespace}/${name}`,
      claim: 'is as declared',
      holds: plan.location.change.action === 'unchanged',
      source: locationPath,
      observed: { differs: plan.location.change.detail ?? [] },
    },
    {
      ...common,
      subject: `Secret ${namespace}/${credentialsRef(spec).name}`,
      claim: 'holds the credentials of the object store',
      holds: plan.secret.change.action === 'unchanged',
      source: `/api/v1/namespaces/${namespace}/secrets/${credentialsRef(spec).name}`,
      observed: { found: plan.secret.found !== null },
    },
  ];
}
