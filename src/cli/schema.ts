import { Argument, Command } from 'commander';
import { environmentJsonSchema, rolloutJsonSchema } from '../bundle/json-schema.ts';
import { EXIT } from './exit.ts';

export function schemaCommand(): Command {
  return new Command('schema')
    .description('print the JSON Schema of rollout.yaml or of environments/*.yaml, for editors')
    .addArgument(new Argument('[file]', 'which file').choices(['rollout', 'environment']).default('rollout'))
    .option('--json', 'as without: a JSON Schema is JSON')
    .action((file: 'rollout' | 'environment') => {
      const schema = file === 'rollout' ? rolloutJsonSchema() : environmentJsonSchema();
      process.stdout.write(`${JSON.stringify(schema, null, 2)}\n`);
      process.exitCode = EXIT.ok;
    });
}
