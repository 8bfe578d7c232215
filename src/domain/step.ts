import { z } from 'zod';
import type { Resolved } from './reference.ts';
import { approval } from './kinds/approval.ts';
import { duration, name } from './kinds/common.ts';
import { kubernetesAdopt } from './kinds/kubernetes-adopt.ts';
import { kubernetesApply } from './kinds/kubernetes-apply.ts';
import { kubernetesPrune } from './kinds/kubernetes-prune.ts';
import { kubernetesRecreate } from './kinds/kubernetes-recreate.ts';
import { kubernetesScale } from './kinds/kubernetes-scale.ts';
import { kubernetesSecret } from './kinds/kubernetes-secret.ts';
import { kubernetesSuspend } from './kinds/kubernetes-suspend.ts';
import { objectstoreBucket } from './kinds/objectstore-bucket.ts';
import { postgresMigrate } from './kinds/postgres-migrate.ts';
import { postgresProvision } from './kinds/postgres-provision.ts';
import { probe } from './kinds/probe.ts';
import { veleroBackup } from './kinds/velero-backup.ts';
import { veleroDrill } from './kinds/velero-drill.ts';
import { veleroLocation } from './kinds/velero-location.ts';
import { veleroRestore } from './kinds/velero-restore.ts';
import { veleroSchedule } from './kinds/velero-schedule.ts';

/** Which kinds of target a step kind acts on; `none` needs no target. */
export const STEP_TARGETS = {
  'kubernetes.adopt': ['kubernetes'],
  'kubernetes.apply': ['kubernetes'],
  'kubernetes.prune': ['kubernetes'],
  'kubernetes.scale': ['kubernetes'],
  'kubernetes.suspend': ['kubernetes'],
  'kubernetes.secret': ['kubernetes'],
  'kubernetes.recreate': ['kubernetes'],
  'postgres.provision': ['postgres'],
  'postgres.migrate': ['postgres'],
  'objectstore.bucket': ['s3'],
  'velero.location': ['kubernetes'],
  'velero.schedule': ['kubernetes'],
  'velero.backup': ['kubernetes'],
  'velero.drill': ['kubernetes'],
  'velero.restore': ['kubernetes'],
  probe: ['http', 's3', 'postgres', 'kubernetes'],
  approval: [],
} as const satisfies Record<StepKind, readonly TargetKind[]>;

export const TARGET_KINDS = ['kubernetes', 'postgres', 's3', 'http'] as const;
export type TargetKind = (typeof TARGET_KINDS)[number];

const gate = z.strictObject({
  reason: z.string().min(1).describe('What a person must know before deciding.'),
  approvers: z
    .array(z.string().min(1))
    .default([])
    .describe('Identities or groups of the environment; empty means anyone.'),
  expiresAfter: duration.optional().describe('After this the gate closes and the step parks.'),
});

const retry = z.strictObject({
  attempts: z.int().min(1).max(1000).default(10),
  initialInterval: duration.default('1s'),
  maximumInterval: duration.default('15s'),
});

const common = {
  name,
  needs: z.array(name).default([]).describe('Steps of the same phase that must be done before.'),
  timeout: duration.default('30m').describe('How long one attempt of the step may act.'),
  retry: retry.default({ attempts: 10, initialInterval: '1s', maximumInterval: '15s' }),
  approval: gate.optional(),
  when: z
    .strictObject({ parameter: z.string().min(1), equals: z.union([z.string(), z.number(), z.boolean()]) })
    .optional()
    .describe('The step is skipped unless the parameter has this value.'),
};
const target = name.describe('Name of the target that the step acts on.');

/** One step as written in a rollout file. */
export const step = z.discriminatedUnion('kind', [
  z.strictObject({ ...common, kind: z.literal('kubernetes.adopt'), target, with: kubernetesAdopt }),
  z.strictObject({ ...common, kind: z.literal('kubernetes.apply'), target, with: kubernetesApply }),
  z.strictObject({ ...common, kind: z.literal('kubernetes.prune'), target, with: kubernetesPrune.prefault({}) }),
  z.strictObject({ ...common, kind: z.literal('kubernetes.scale'), target, with: kubernetesScale }),
  z.strictObject({ ...common, kind: z.literal('kubernetes.suspend'), target, with: kubernetesSuspend }),
  z.strictObject({ ...common, kind: z.literal('kubernetes.secret'), target, with: kubernetesSecret }),
  z.strictObject({ ...common, kind: z.literal('kubernetes.recreate'), target, with: kubernetesRecreate }),
  z.strictObject({ ...common, kind: z.literal('postgres.provision'), target, with: postgresProvision }),
  z.strictObject({ ...common, kind: z.literal('postgres.migrate'), target, with: postgresMigrate }),
  z.strictObject({ ...common, kind: z.literal('objectstore.bucket'), target, with: objectstoreBucket }),
  z.strictObject({ ...common, kind: z.literal('velero.location'), target, with: veleroLocation }),
  z.strictObject({ ...common, kind: z.literal('velero.schedule'), target, with: veleroSchedule }),
  z.strictObject({ ...common, kind: z.literal('velero.backup'), target, with: veleroBackup }),
  z.strictObject({ ...common, kind: z.literal('velero.drill'), target, with: veleroDrill }),
  z.strictObject({ ...common, kind: z.literal('velero.restore'), target, with: veleroRestore }),
  z.strictObject({ ...common, kind: z.literal('probe'), target, with: probe }),
  z.strictObject({ ...common, kind: z.literal('approval'), approval: gate, with: approval.default({}) }),
]);
export type StepFile = z.output<typeof step>;
/** One step of a bundle. */
export type Step = Resolved<StepFile>;
export type StepKind = Step['kind'];
/** The step of one kind. */
export type StepOf<K extends StepKind> = Extract<Step, { kind: K }>;
