import { z } from 'zod';
import { VELERO_VERSION, readVeleroCron } from '../cron/problems.ts';
import type { ObjectRef } from '../kubernetes-api.ts';
import { duration, name } from './common.ts';
import { veleroSelection } from './velero-selection.ts';
import { stepKind } from './descriptor.ts';
import { KEPT, veleroRight } from './rights.ts';

/**
 * `velero.schedule`: backups made by Velero again and again, and how old the newest good one may be.
 *
 * @internal exported for its tests
 */
export const veleroSchedule = z
  .strictObject({
    name,
    namespace: name.default('velero'),
    schedule: z.string().describe('A cron expression in UTC, as in `0 2 * * *`, read as Velero reads it.'),
    veleroVersion: z
      .string()
      .regex(VELERO_VERSION, 'must be a version of Velero, as in 1.18.3')
      .optional()
      .describe('The Velero that runs it, for an expression that versions of Velero read differently.'),
    paused: z.boolean().default(false),
    goodWithin: duration
      .default('26h')
      .describe('How old the newest good backup may be before the evidence says that the schedule fails.'),
    ...veleroSelection,
  })
  .superRefine(({ schedule, veleroVersion }, context) => {
    const read = readVeleroCron(schedule, veleroVersion);
    if (typeof read === 'string') context.addIssue({ code: 'custom', path: ['schedule'], message: read });
  });
export type VeleroScheduleSpec = z.output<typeof veleroSchedule>;

export function scheduleRef({ namespace, name }: VeleroScheduleSpec): ObjectRef {
  return { apiVersion: 'velero.io/v1', kind: 'Schedule', namespace, name };
}

export const veleroScheduleKind = stepKind(veleroSchedule)({
  targets: ['kubernetes'],
  gateOnly: false,
  files: {},
  uses: {},
  declares: { as: 'owner', of: (spec) => ({ objects: [scheduleRef(spec)] }) },
  rights: {
    declared: () => ['get', 'create', 'patch'],
    others: ({ namespace, veleroVersion }) => [
      veleroRight('Schedule', ['list', 'watch'], namespace),
      veleroRight('Backup', ['list'], namespace),
      ...(veleroVersion === undefined ? [] : [veleroRight('ServerStatusRequest', [...KEPT, 'watch'], namespace)]),
    ],
  },
  byHand: false,
  proves: false,
  drifts: 'state',
  docs: { page: 'steps/velero.md', summary: 'backups that Velero makes again and again' },
});
