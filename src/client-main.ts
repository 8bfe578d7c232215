import { parseArgs } from 'node:util';
import { report } from './cli/run.ts';
import { cliSettings } from './cli/settings.ts';
import { WindlassClient } from './client.ts';
import { readConfig } from './config.ts';

/**
 * `npm run client -- DIRECTORY --environment NAME`: starts a rollout, prints its id and its address in the Web UI. Finds a
 * lab that is up as the command line does.
 */
async function main(): Promise<number> {
  const { positionals, values } = parseArgs({ allowPositionals: true, options: { environment: { type: 'string' } } });
  const [directory] = positionals;
  if (directory === undefined || values.environment === undefined) {
    process.stderr.write('usage: npm run client -- DIRECTORY --environment NAME\n');
    return 2;
  }
  const client = await WindlassClient.connect(readConfig(cliSettings(process.env)));
  try {
    const { workflowId, run, webUi } = await client.startDirectory(directory, { environment: values.environment });
    process.stdout.write(`${workflowId} ${run}\n${webUi === null ? '' : `${webUi}\n`}`);
    return 0;
  } finally {
    await client.close();
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  process.exitCode = report(error, false);
}
