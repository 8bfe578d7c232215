import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { labSeed, wasSeeded } from '../../lab/index.ts';
import type { Cli } from '../cli.ts';
import { seededLines } from '../view/seeded.ts';
import type { Stages } from './stages.ts';

/** Where a rollout keeps what a lab is seeded with before the rollout comes. */
const AS_FOUND = 'as-found';

/**
 * Seeds a lab with the platform as the rollout is to find it, where the rollout says so. Once: what the rollout made of it
 * since is not broken again.
 *
 * @throws LabFailure as `labSeed` does.
 */
export async function seedFresh(cli: Cli, stage: Stages, dir: string, rollout: string): Promise<void> {
  const directory = join(rollout, AS_FOUND);
  if (!existsSync(directory) || wasSeeded(dir, directory)) return;
  const seeded = await stage('as found', () => labSeed({ dir, directory }));
  cli.say(...seededLines(seeded));
}
