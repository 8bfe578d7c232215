import { labSeed, type Seeded } from '../lab/index.ts';
import type { Cli } from './cli.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { seededLines } from './view/seeded.ts';

/**
 * Seeds a lab and tells what became of it.
 *
 * @throws LabFailure as `labSeed` does.
 */
export async function seedLab(cli: Cli, directory: string, dir: string | undefined): Promise<ExitCode> {
  const seeded: Seeded = await labSeed({ dir, directory });
  cli.say(...seededLines(seeded));
  cli.document(seeded);
  return EXIT.ok;
}
