import { z } from 'zod';
import { name, path, secretReference } from './common.ts';

const release = name.max(53, 'must be a release name of at most 53 characters');
const version = z
  .string()
  .regex(/^v?\d+\.\d+(\.\d+)?([-+][\w.+-]+)?$/, 'must be a version of Kubernetes, as in 1.36 or 1.36.3');

/** What becomes of a hook of a chart: a step before or after the chart's own, or nothing. */
const HOOK_FATES = ['before', 'after', 'skip'] as const;
export type HookFate = (typeof HOOK_FATES)[number];

/** One release of a chart. `namespace` of the step is the namespace of the release. */
export const helmRelease = z.strictObject({
  chart: path.describe('Directory or packaged archive (.tgz) of a chart, its dependencies in it.'),
  release: release.describe('Name of the release, as charts put it into the names of their objects.'),
  values: z.record(z.string(), z.unknown()).default({}).describe('Values, over those of the files.'),
  valuesFiles: z.array(path).default([]).describe('Files of values, later ones over earlier ones.'),
  includeCRDs: z.boolean().default(true).describe('Whether the CustomResourceDefinitions in crds/ are applied too.'),
  secretValues: z
    .record(z.string().regex(/^[^.]+(\.[^.]+)*$/, 'must be the path of a value, as in auth.password'), secretReference)
    .default({})
    .describe('Values that are secrets, by path; put into the Secrets of the chart when the step acts, never before.'),
  kubeVersion: version
    .optional()
    .describe('The version of Kubernetes that the chart is told; that of the target else.'),
  apiVersions: z
    .array(z.string().min(1))
    .optional()
    .describe('What .Capabilities.APIVersions has besides what the target serves.'),
  hooks: z
    .record(z.string().min(1), z.enum(HOOK_FATES))
    .default({})
    .describe('What becomes of each hook, by name or KIND/NAME: a step before, a step after, or skip.'),
});
export type HelmRelease = z.output<typeof helmRelease>;
