import type { Json, JsonObject } from '../../domain/json.ts';
import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import { isObject, readList, readObject, readText } from '../../domain/json-fields.ts';
import { childOf, type FieldPath } from './field-path.ts';
import { isItem } from '../../domain/managed-fields.ts';

/** The managers that own a field, or something below it, by their names. */
export function ownersOf(live: KubernetesObject, path: FieldPath): readonly string[] {
  return ownedAt(live, path).map(({ manager }) => manager);
}

/**
 * The path step to an item of a list, by the keys that the server tells the items apart by: managers' entries name them
 * (`containerPort` and `protocol`, `mountPath`, `ip`), and most lists that nobody owns yet know their items by `name`.
 */
export function itemKey(live: KubernetesObject, list: FieldPath, item: Json): string | null {
  const keys = ownedAt(live, list).flatMap(({ fields }) => Object.keys(fields));
  const owned = keys.find((key) => key.startsWith('k:') && isItem(key, item));
  const name = readText(item, 'name');
  return owned ?? (name === undefined ? null : `k:${JSON.stringify({ name })}`);
}

interface Owned {
  readonly manager: string;
  readonly fields: JsonObject;
}

function ownedAt(live: KubernetesObject, path: FieldPath): readonly Owned[] {
  return readList(live.metadata, 'managedFields').flatMap((entry) => {
    let fields: Json | undefined = readObject(entry, 'fieldsV1');
    let now: Json | undefined = live;
    for (const key of path) {
      now = childOf(now, key);
      fields = below(fields, key, now);
    }
    return isObject(fields) ? [{ manager: readText(entry, 'manager') ?? '', fields }] : [];
  });
}

/** One item of a list can be named by other keys in the path than in the field set. */
function below(fields: Json | undefined, key: string, now: Json | undefined): Json | undefined {
  if (!isObject(fields) || fields[key] !== undefined || !key.startsWith('k:') || now === undefined)
    return isObject(fields) ? fields[key] : undefined;
  const same = Object.keys(fields).find((name) => name.startsWith('k:') && isItem(name, now));
  return same === undefined ? undefined : fields[same];
}
