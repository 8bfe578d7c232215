import type { Json, JsonObject } from '../../domain/json.ts';
import type { KindRef } from '../../domain/kubernetes-api.ts';
import { versionPath } from '../client/kinds.ts';
import { readList, readObject, readText } from '../../domain/json-fields.ts';
import { kindKey } from '../identity.ts';
import { SchemaSet } from './flat.ts';

/** The schemas of one group and version, as the server publishes them. */
export interface SchemaDocument {
  readonly set: SchemaSet;
  /** Name of the schema of each kind, by `kindKey`. */
  readonly roots: ReadonlyMap<string, Json>;
  /** Schema of `metadata`; null when the document has none. */
  readonly metadata: Json;
}

const OBJECT_META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';

/**
 * Documents by their address, which holds the hash of their content: what one cluster published serves for all that
 * publish the same. The oldest are dropped, since a document of a built-in group takes some megabytes.
 */
const documents = new Map<string, SchemaDocument>();
const REMEMBERED = 48;

/** Schemas of a cluster, by group and version. */
export class OpenApi {
  readonly #readJson: (path: string) => Promise<Json>;
  #index: Promise<JsonObject> | undefined;

  constructor(readJson: (path: string) => Promise<Json>) {
    this.#readJson = readJson;
  }

  /** The document of a group and version; null when the server publishes none for it. */
  async document(apiVersion: string): Promise<SchemaDocument | null> {
    this.#index ??= this.#readJson('/openapi/v3').then((index) => readObject(index, 'paths'));
    const address = readText(await this.#index, versionPath(apiVersion).slice(1), 'serverRelativeURL');
    if (address === undefined) return null;
    const known = documents.get(address);
    if (known) return known;
    const document = parse(await this.#readJson(address));
    documents.set(address, document);
    for (const oldest of documents.keys()) {
      if (documents.size <= REMEMBERED) break;
      documents.delete(oldest);
    }
    return document;
  }
}

function parse(document: Json): SchemaDocument {
  const named = readObject(document, 'components', 'schemas');
  const roots = new Map<string, Json>();
  for (const schema of Object.values(named))
    for (const kind of readList(schema, 'x-kubernetes-group-version-kind')) roots.set(kindKey(kindOf(kind)), schema);
  return { set: new SchemaSet(named, false), roots, metadata: named[OBJECT_META] ?? null };
}

function kindOf(value: Json): KindRef {
  const group = readText(value, 'group') ?? '';
  const version = readText(value, 'version') ?? '';
  return { apiVersion: group === '' ? version : `${group}/${version}`, kind: readText(value, 'kind') ?? '' };
}
