import { join } from 'node:path';
import { z } from 'zod';
import { readFileWithin } from '../bounded.ts';
import { Content } from '../bundle/source/content.ts';
import { YamlSource } from '../bundle/source/yaml-source.ts';
import type { RolloutRef } from '../client.ts';
import { OverLimit } from '../domain/limit.ts';
import { LIMITS } from '../domain/limits.ts';
import { NAME_PATTERN } from '../domain/names.ts';
import { wrongUsage } from './run.ts';

/** All that is read here of a rollout file: the rest may be wrong while its rollout runs. */
const named = z.looseObject({ metadata: z.looseObject({ name: z.string().regex(NAME_PATTERN) }) });

/**
 * Which rollout is meant by ROLLOUT on the command line: a directory with a `rollout.yaml` that names it, else its name.
 *
 * @throws WindlassFailure `WrongUsage`; `LimitExceeded` for a file that is none.
 */
export async function rolloutRef(asked: string, environment: string): Promise<RolloutRef> {
  return { rollout: (await nameInDirectory(asked)) ?? nameItself(asked), environment: environmentName(environment) };
}

async function nameInDirectory(directory: string): Promise<string | null> {
  const path = join(directory, 'rollout.yaml');
  let text: string;
  try {
    text = (await readFileWithin(path, LIMITS.rolloutFile)).toString('utf8');
  } catch (error) {
    if (error instanceof OverLimit) throw error;
    return null;
  }
  const file = named.safeParse(parseLoosely(path, text));
  if (file.success) return file.data.metadata.name;
  throw wrongUsage('The file does not name its rollout.', 'Run `windlass validate` on the directory.', path);
}

function parseLoosely(path: string, text: string): unknown {
  const source = new YamlSource(path, text);
  const [document] = source.documents;
  return document === undefined || source.problems().length > 0 ? null : new Content(source, document).data;
}

function nameItself(asked: string): string {
  if (NAME_PATTERN.test(asked)) return asked;
  throw wrongUsage('This is neither the name of a rollout nor a directory with a rollout.yaml.', 'Name either.', asked);
}

function environmentName(asked: string): string {
  if (NAME_PATTERN.test(asked)) return asked;
  throw wrongUsage('This is not the name of an environment.', 'Name a file of environments/, without .yaml.', asked);
}
