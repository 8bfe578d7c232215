import { WindlassFailure } from '../../domain/failure.ts';
import { equalJson, isObject, readList, readObject, readText } from '../../domain/json-fields.ts';
import type { KubernetesClient } from '../client/client.ts';
import { isRetryable } from '../combined.ts';
import type { Declared } from '../declare.ts';
import { FIELD_MANAGER } from '../identity.ts';
import type { FieldPath } from '../plan/field-path.ts';
import { withoutPartAt } from '../plan/standing-default.ts';

/** Controllers write while we do; each try starts from what is there then. */
const TRIES = 10;

/**
 * Has every other manager let go what is at these places of an object. No value changes; what only they owned nobody owns.
 *
 * @throws WindlassFailure of the server, such as `TargetBusy` while others write all the time.
 */
export async function takeFromOthers(
  { ref }: Declared,
  places: readonly FieldPath[],
  client: KubernetesClient,
  signal: AbortSignal,
): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    const live = await client.get(ref, { signal });
    const entries = readList(live?.metadata, 'managedFields').filter(isObject);
    const managedFields = entries.flatMap((entry) => {
      if (readText(entry, 'manager') === FIELD_MANAGER || readText(entry, 'subresource') === 'status') return [entry];
      const fieldsV1 = withoutPartAt(readObject(entry, 'fieldsV1'), places);
      return Object.keys(fieldsV1).length === 0 ? [] : [{ ...entry, fieldsV1 }];
    });
    if (live === null || equalJson(managedFields, entries)) return;
    try {
      await client.merge(
        ref,
        { metadata: { managedFields } },
        { resourceVersion: live.metadata.resourceVersion, signal },
      );
      return;
    } catch (error) {
      const isMoved = error instanceof WindlassFailure && error.type === 'TargetBusy' && isRetryable(error);
      if (!isMoved || tries >= TRIES) throw error;
    }
  }
}
