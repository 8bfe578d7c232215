import { z } from 'zod';
import type { Resolved } from '../reference.ts';
import { duration, path, secretReference } from './common.ts';
import { stepKind } from './descriptor.ts';

const text = z.string().min(1).max(200);
const described = z.string().max(255).default('');

/** Whatever DolphinScheduler writes into lists that are joined by commas. */
const listed = text.regex(/^[^,]+$/, 'must have no comma');

/** `dolphinscheduler.project`: a project of DolphinScheduler with its workflows. Deletes nothing. */
const dolphinschedulerProject = z.strictObject({
  user: z.union([secretReference, text]).describe('Who logs in, and must own the project.'),
  password: secretReference,
  ca: secretReference.optional().describe('Certificates (PEM) of whom is trusted, in place of those of the system.'),
  project: text,
  description: z.string().max(255).optional().describe('Of the project; left as it is when absent.'),
  workflows: z
    .array(path)
    .min(1)
    .describe('Files or directories: workflows in YAML, or what DolphinScheduler 3.2 has exported as JSON.'),
  tenants: z
    .array(z.strictObject({ name: listed, queue: z.int().min(1).default(1), description: described }))
    .default([])
    .describe('Operating system users that tasks run as; made where they are missing, else left as they are.'),
  workerGroups: z
    .array(z.strictObject({ name: text, addresses: z.array(listed).default([]), description: described }))
    .default([])
    .describe('Groups of workers; addresses are host:port.'),
  environments: z
    .array(
      z.strictObject({
        name: text,
        config: z.string().min(1).describe('Shell lines such as `export SPARK_HOME=/opt/spark`; no secrets.'),
        workerGroups: z.array(text).default(['default']),
        description: described,
      }),
    )
    .default([])
    .describe('What tasks have around them.'),
  alertGroups: z
    .array(z.strictObject({ name: text, description: described }))
    .default([])
    .describe('Who is told of runs; made where they are missing, else left as they are.'),
  run: z
    .strictObject({
      workflow: text.describe('One of the workflows above.'),
      within: duration.default('15m').describe('How long the run may take.'),
      tenant: text.default('default'),
      workerGroup: text.default('default'),
    })
    .optional()
    .describe('Starts a workflow and follows it to its end, until a run of the version at hand has succeeded.'),
});
export type DolphinschedulerProjectSpec = Resolved<z.output<typeof dolphinschedulerProject>>;

export const dolphinschedulerProjectKind = stepKind(dolphinschedulerProject)({
  targets: ['http'],
  gateOnly: false,
  files: { 'workflows.*': 'workflows' },
  uses: {},
  declares: null,
  rights: null,
  byHand: false,
  proves: false,
  drifts: 'state',
  docs: { page: 'steps/dolphinscheduler.md', summary: 'a project of DolphinScheduler with its workflows, and a run' },
});
