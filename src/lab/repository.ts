import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Makes an empty bare Git repository, unless there is one; it needs no git for that, which only a rollout that exports needs.
 *
 * @returns the directory.
 */
export function makeRepository(directory: string): string {
  if (existsSync(join(directory, 'HEAD'))) return directory;
  for (const part of ['objects/info', 'objects/pack', 'refs/heads', 'refs/tags'])
    mkdirSync(join(directory, part), { recursive: true });
  writeFileSync(join(directory, 'config'), '[core]\n\trepositoryformatversion = 0\n\tbare = true\n');
  writeFileSync(join(directory, 'HEAD'), 'ref: refs/heads/main\n');
  return directory;
}
