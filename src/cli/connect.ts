import { WindlassClient } from '../client.ts';
import { readConfig } from '../config.ts';
import type { Cli } from './cli.ts';

/**
 * Does `work` with a connected client, and closes it.
 *
 * @throws WindlassFailure as `WindlassClient.connect` does (`TargetUnreachable`) or as `readConfig` does; what `work`
 *   throws.
 */
export async function withClient<T>(cli: Cli, work: (client: WindlassClient) => Promise<T>): Promise<T> {
  const client = await WindlassClient.connect(readConfig(cli.env));
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}
