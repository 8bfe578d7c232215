import { unpackedWithin } from '../../bounded.ts';
import { LIMITS } from '../../domain/limits.ts';
import type { BackupTools } from './tools.ts';
import { keyIn, type Place } from './results.ts';

const ERROR = /level"?[=:]"?error/;
const GROUP = /group"?[=:]"?([^"\s/]+)\/[^"\s]+/;
const RESOURCE = /resource"?[=:]"?([a-z0-9-]+)/;

/**
 * The resources, as `widgets.example.com`, that Velero wanted to back up and that the cluster does not know any more.
 * Velero looks every 5 minutes which kinds there are, so every backup after a CustomResourceDefinition was deleted ends
 * PartiallyFailed until then, although no object is missing in it.
 *
 * @param backup whose log names them; its results file does not name their groups.
 * @returns without those that are served now: one may have been made anew.
 * @throws WindlassFailure when the bucket or the API server cannot be read. A log that is damaged, or longer than is read, names nothing.
 */
export async function goneResources(
  { reader, kinds }: Pick<BackupTools, 'reader' | 'kinds'>,
  place: Place,
  backup: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const key = keyIn(place, 'backups', backup, `${backup}-logs.gz`);
  const content = await reader.read(place.bucket, key, { signal });
  if (content === null) return [];
  const log = await unpackedWithin(content, LIMITS.unpacked, "The backup's log", key).then(String, () => '');
  const served = new Set((await kinds(signal)).map(({ resource }) => resource));
  return unlisted(log).filter((resource) => !served.has(resource));
}

/**
 * The resources that errors of a log are about, by their groups. Velero writes it as text or as JSON.
 *
 * @internal exported for its tests
 */
export function unlisted(log: string): readonly string[] {
  const found = log
    .split('\n')
    .filter((line) => ERROR.test(line))
    .flatMap((line) => {
      const [, group] = GROUP.exec(line) ?? [];
      const [, resource] = RESOURCE.exec(line) ?? [];
      return group === undefined || resource === undefined ? [] : [`${resource}.${group}`];
    });
  return [...new Set(found)];
}
