import { z } from 'zod';
import { name, reference } from './kinds/common.ts';
import { notification } from './notification.ts';
import { exemption } from './readiness/file.ts';
import { API_VERSION, parameterName, parameterValue } from './rollout.ts';

/** How a target is reached in one environment. Addresses and credentials are references. */
const targetBinding = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('kubernetes'),
    kubeconfig: reference.optional().describe('Content of a kubeconfig; absent means the service account of the pod.'),
    context: z.string().optional(),
    inventoryNamespace: name
      .default('default')
      .describe('Where it is written down what rollouts own and who acted last: a namespace that no rollout makes.'),
  }),
  z.strictObject({
    kind: z.literal('postgres'),
    url: reference.describe('postgres:// URL of a maintenance database.'),
  }),
  z.strictObject({
    kind: z.literal('s3'),
    endpoint: reference.describe('http:// or https:// URL.'),
    region: z.string().default('us-east-1'),
    accessKey: reference,
    secretKey: reference,
    pathStyle: z.boolean().default(true),
  }),
  z.strictObject({ kind: z.literal('http'), url: reference }),
  z.strictObject({
    kind: z.literal('dns'),
    server: reference
      .optional()
      .describe(
        'IP address of the name server, with a port where it is not 53; the resolver of the system when absent.',
      ),
  }),
  z.strictObject({
    kind: z.literal('git'),
    url: reference.describe('https://, http:// or file:// URL of a Git repository.'),
    user: reference.optional().describe('In place of the user of the URL.'),
    password: reference.optional().describe('A password or token, in place of that of the URL.'),
  }),
]);
export type TargetBinding = z.output<typeof targetBinding>;
export type BindingOf<K extends TargetBinding['kind']> = Extract<TargetBinding, { kind: K }>;

const decisionPolicy = z.strictObject({
  signatures: z
    .enum(['required', 'optional'])
    .default('required')
    .describe('Whether decisions and starts must be signed.'),
  selfApproval: z.boolean().default(false).describe('Whether whoever started a rollout may approve its gates.'),
  groups: z
    .record(name, z.array(z.string().min(1)))
    .default({})
    .describe('Members of approver groups.'),
  keys: z
    .record(z.string().min(1), z.string().min(1))
    .default({})
    .describe('Ed25519 public key (base64, SPKI) of each identity.'),
});
export type DecisionPolicy = z.output<typeof decisionPolicy>;

/** `environments/<name>.yaml`. */
export const environmentFile = z.strictObject({
  apiVersion: z.literal(API_VERSION),
  kind: z.literal('Environment'),
  metadata: z.strictObject({ name }),
  spec: z.strictObject({
    parameters: z.record(parameterName, parameterValue).default({}),
    targets: z.record(name, targetBinding).default({}),
    secrets: z
      .record(name, reference)
      .default({})
      .describe('Where the secrets are that the rollout names as { secret: NAME }.'),
    decisions: decisionPolicy.default({ signatures: 'required', selfApproval: false, groups: {}, keys: {} }),
    notifications: z.array(notification).default([]).describe('Webhooks that are told when a drill proves nothing.'),
    exemptions: z
      .array(exemption)
      .max(200)
      .default([])
      .describe('Checks of the readiness that need not pass here for a while.'),
  }),
});
export type EnvironmentFile = z.output<typeof environmentFile>;
