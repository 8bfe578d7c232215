import { z } from 'zod';
import { duration, name, objectName } from './common.ts';
import { stepKind } from './descriptor.ts';
import { INVENTORY } from './rights.ts';

/**
 * `kubernetes.suspend`: CronJobs that start no Jobs for a while, and those of them that do again afterwards.
 *
 * @internal exported for its tests
 */
export const kubernetesSuspend = z
  .strictObject({
    action: z.enum(['suspend', 'resume']),
    namespace: name.describe('Where the CronJobs are.'),
    selector: z
      .record(z.string().min(1), z.string())
      .optional()
      .describe('Labels that the CronJobs have; an empty selector means all of the namespace.'),
    names: z
      .array(objectName)
      .default([])
      .describe('CronJobs by name, besides those of the selector; each must exist.'),
    atLeast: z.int().min(0).default(1).describe('Fewer CronJobs than this are an error: a selector may be misspelt.'),
    all: z.boolean().default(false).describe('Whether `resume` also resumes CronJobs that Windlass has not suspended.'),
    running: z.enum(['leave', 'wait']).default('leave').describe('What becomes of Jobs that run while suspending.'),
    doneWithin: duration.default('30m').describe('How long Jobs that are waited for may take.'),
  })
  .refine(({ selector, names }) => selector !== undefined || names.length > 0, { error: 'needs a selector or names' });
export type KubernetesSuspendSpec = z.output<typeof kubernetesSuspend>;

export const kubernetesSuspendKind = stepKind(kubernetesSuspend)({
  targets: ['kubernetes'],
  gateOnly: false,
  files: {},
  uses: {},
  declares: null,
  rights: {
    inventory: INVENTORY,
    others: ({ namespace, action, running }) => [
      { apiVersion: 'batch/v1', kind: 'CronJob', namespace, verbs: ['list', 'patch'] },
      ...(action === 'suspend' && running === 'wait'
        ? [{ apiVersion: 'batch/v1', kind: 'Job', namespace, verbs: ['list', 'watch'] } as const]
        : []),
    ],
  },
  byHand: false,
  proves: false,
  drifts: 'state',
  docs: { page: 'steps/kubernetes.md', summary: 'suspends and resumes CronJobs and the like' },
});
