import { Option, type Command } from 'commander';
import { ADDITIONS } from '../lab/index.ts';

/** What a lab is to have beyond the servers of every lab. */
export function additionsOption(command: Command): Command {
  return command.addOption(
    new Option(
      '--with <addition...>',
      'more than every lab has: a real node (root, Linux), a stand-in for DolphinScheduler, nginx for Ingresses, what watches it, its logs in a store, Kyverno, cert-manager; or SeaweedFS in the place of MinIO, which must be compiled',
    ).choices(ADDITIONS),
  );
}
