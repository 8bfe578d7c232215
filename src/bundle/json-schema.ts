import { z } from 'zod';
import { workflowFile } from '../domain/dolphinscheduler/workflow-file.ts';
import { environmentFile } from '../domain/environment.ts';
import type { JsonObject } from '../domain/json.ts';
import { policyFile } from '../domain/policy.ts';
import { rolloutFile } from '../domain/rollout.ts';

/** What may stand in a rollout file where a number, a boolean or a text of some form is wanted. */
const PLACEHOLDER = { type: 'string', pattern: '\\$\\{\\{.*\\}\\}' } as const;

/** JSON Schema (draft 2020-12) of `rollout.yaml`, for editors. */
export function rolloutJsonSchema(): JsonObject {
  return titled(filled(rolloutFile), 'Windlass rollout', 'rollout.yaml');
}

/** The schema of a file in which parameters are filled in. */
function filled(file: z.ZodType): z.core.JSONSchema.BaseSchema {
  return z.toJSONSchema(file, {
    io: 'input',
    override: ({ jsonSchema }) => {
      const { type, pattern } = jsonSchema;
      const strict = type === 'number' || type === 'integer' || type === 'boolean' || pattern !== undefined;
      if (!strict || jsonSchema.const !== undefined) return;
      const { description, default: fallback, ...only } = jsonSchema;
      for (const key of Object.keys(only)) Reflect.deleteProperty(jsonSchema, key);
      jsonSchema.anyOf = [only, PLACEHOLDER];
      if (description !== undefined) jsonSchema.description = description;
      if (fallback !== undefined) jsonSchema.default = fallback;
    },
  });
}

/** JSON Schema (draft 2020-12) of `environments/<name>.yaml`, for editors. */
export function environmentJsonSchema(): JsonObject {
  return titled(z.toJSONSchema(environmentFile, { io: 'input' }), 'Windlass environment', 'environments/<name>.yaml');
}

/** JSON Schema (draft 2020-12) of a workflow file of `dolphinscheduler.project`, for editors. */
export function workflowJsonSchema(): JsonObject {
  return titled(filled(workflowFile), 'Workflow of DolphinScheduler', 'a workflow file');
}

/** JSON Schema (draft 2020-12) of a worker's policy, for editors. */
export function policyJsonSchema(): JsonObject {
  return titled(z.toJSONSchema(policyFile, { io: 'input' }), 'Windlass policy', 'the policy of a worker');
}

function titled(schema: z.core.JSONSchema.BaseSchema, title: string, file: string): JsonObject {
  return { title, description: `The schema of ${file}.`, ...(JSON.parse(JSON.stringify(schema)) as JsonObject) };
}
