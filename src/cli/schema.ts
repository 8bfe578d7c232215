import { Argument, Command } from 'commander';
import {
  environmentJsonSchema,
  policyJsonSchema,
  rolloutJsonSchema,
  workflowJsonSchema,
} from '../bundle/json-schema.ts';
import { EXIT } from './exit.ts';

const SCHEMAS = {
  rollout: rolloutJsonSchema,
  environment: environmentJsonSchema,
  policy: policyJsonSchema,
  workflow: workflowJsonSchema,
};

export function schemaCommand(): Command {
  return new Command('schema')
    .description(
      'print the JSON Schema of rollout.yaml, of environments/*.yaml, of a policy or of a workflow file, for editors',
    )
    .addArgument(new Argument('[file]', 'which file').choices(Object.keys(SCHEMAS)).default('rollout'))
    .option('--json', 'as without: a JSON Schema is JSON')
    .action((file: keyof typeof SCHEMAS) => {
      const schema = SCHEMAS[file]();
      process.stdout.write(`${JSON.stringify(schema, null, 2)}\n`);
      process.exitCode = EXIT.ok;
    });
}
