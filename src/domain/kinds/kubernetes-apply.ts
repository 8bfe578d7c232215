import { z } from 'zod';
import { expressionProblem } from '../expression.ts';
import type { Keeping } from '../made-up.ts';
import type { Resolved } from '../reference.ts';
import { duration, name, path, secretReference } from './common.ts';
import { helmRelease } from './helm-release.ts';
import { manifestsOf, stepKind } from './descriptor.ts';
import { APPLIED, INVENTORY, namespacesRead, waiting } from './rights.ts';

const secretName = z
  .string()
  .regex(/^([a-z0-9][a-z0-9-]*\/)?[a-z0-9][a-z0-9.-]*$/, 'must be the name of a Secret, or NAMESPACE/NAME');
const secretKey = z.string().regex(/^[-._a-zA-Z0-9]+$/, 'must be a key of a Secret');

/** A reference; or what a chart renders a key to, where that holds no secret. */
const secretValue = z.union([secretReference, z.strictObject({ asRendered: z.literal(true) })], {
  error:
    'must be a reference: { secret: NAME } of the environment, { fromEnv: NAME }, { fromFile: PATH } or { fromEnvFile: NAME }; or { asRendered: true } for what holds no secret',
});

/** Where the values of Secrets are, by Secret and key. */
export const secretReferences = z.record(secretName, z.record(secretKey, secretReference)).default({});

const expression = z.string().superRefine((source, context) => {
  const problem = expressionProblem(source);
  if (problem !== null) context.addIssue({ code: 'custom', message: problem });
});

/** When the objects of a kind are ready, in place of the rule that comes with the kind, if it has one. */
const readinessRule = z.strictObject({
  apiVersion: z.string().min(1).describe('As in the manifests; the rule holds for every version of the group.'),
  kind: z
    .string()
    .min(1)
    .refine((kind) => kind !== 'Secret', 'cannot be Secret: expressions do not look at secrets'),
  name: z.string().min(1).optional().describe('Only the object of this name; every object of the kind otherwise.'),
  ready: expression.describe('CEL over the object as `self`: true once it is ready.'),
  failed: expression.optional().describe('CEL over the object as `self`: true once it will never become ready.'),
  message: z.string().min(1).optional().describe('Said while it is not ready.'),
});
export type ReadinessRule = z.output<typeof readinessRule>;

/** `kubernetes.apply`: server-side apply of manifests, then wait until every object is ready. */
export const kubernetesApply = z
  .strictObject({
    manifests: z
      .array(path)
      .min(1)
      .default([])
      .describe('Files or directories of YAML or JSON manifests, applied as one set.'),
    kustomize: path.optional().describe('Directory of a kustomization, rendered when the bundle is made.'),
    helm: helmRelease.optional().describe('A chart, rendered when the bundle is made.'),
    secrets: z
      .record(secretName, z.record(secretKey, secretValue))
      .default({})
      .describe('Where the values of Secrets are, by Secret and key; put in when the step acts, never before.'),
    namespace: name.optional().describe('Namespace of namespaced objects that name none.'),
    wait: z.boolean().default(true).describe('Wait until every object is ready.'),
    readyWithin: duration.default('5m').describe('How long objects may take to become ready.'),
    stableFor: duration
      .optional()
      .describe('All objects must stay ready for so long; whatever falls back begins it anew.'),
    readiness: z.array(readinessRule).min(1).optional().describe('Rules of your own for when objects are ready.'),
    force: z.boolean().default(false).describe('Take over fields that another manager owns.'),
  })
  .refine(
    ({ manifests, kustomize, helm }) => manifests.length > 0 || kustomize !== undefined || helm !== undefined,
    'needs manifests, kustomize or helm: there is nothing to apply',
  );
export type KubernetesApplySpec = Resolved<z.output<typeof kubernetesApply>> & {
  /** Of bundles alone, put in where a chart or kustomization was rendered. */
  readonly keeping?: Keeping;
};

export const kubernetesApplyKind = stepKind(kubernetesApply)({
  targets: ['kubernetes'],
  verbatim: ['helm.values'],
  gateOnly: false,
  files: {
    'manifests.*': 'manifests',
    kustomize: 'rendered',
    'helm.chart': 'rendered',
    'helm.valuesFiles.*': 'rendered',
  },
  uses: {},
  declares: { as: 'owner', of: manifestsOf },
  rights: {
    declared: ({ wait }) => [...APPLIED, ...(wait ? (['watch'] as const) : [])],
    inventory: INVENTORY,
    others: ({ wait }, namespaces) => [...namespacesRead(namespaces), ...(wait ? waiting(namespaces) : [])],
  },
  byHand: false,
  proves: false,
  drifts: 'state',
  docs: {
    page: 'steps/kubernetes.md',
    summary: 'applies manifests, charts and kustomizations, and waits until all is ready',
  },
});
