import type { Json } from '../../domain/json.ts';
import type { DefinedKind } from '../../manifests/definitions.ts';
import { pathText, problemAt, type Manifest } from '../manifests/manifest.ts';
import type { Problem } from '../manifests/problem.ts';
import { kindKey } from '../identity.ts';
import { misfits, type MetadataSchema } from './check.ts';
import { SchemaSet } from './flat.ts';
import type { OpenApi, SchemaDocument } from './openapi.ts';

/** The schema that a manifest is held against. */
interface Held {
  readonly schema: Json;
  readonly set: SchemaSet;
}

/** What schemas say of manifests. */
export interface SchemaCheck {
  readonly problems: readonly Problem[];
  /** Kinds, by `kindKey`, whose objects can never have a status. */
  readonly withoutStatus: ReadonlySet<string>;
}

/**
 * What in the manifests does not fit the schemas of the cluster, or of the CustomResourceDefinitions in the same set:
 * those win, since they are what the cluster will have by the time their objects are applied.
 *
 * @throws WindlassFailure when the schemas of the cluster cannot be read: `AccessDenied`, `TargetUnreachable`.
 */
export async function checkManifests(
  manifests: readonly Manifest[],
  defined: ReadonlyMap<string, DefinedKind>,
  openApi: OpenApi,
): Promise<SchemaCheck> {
  const documents = await load(manifests, defined, openApi);
  const metadata = metadataOf(documents);
  const held = new Map<string, Held | null>();
  const problems = manifests.flatMap((manifest) => {
    const key = kindKey(manifest.object);
    let against = held.get(key);
    if (against === undefined)
      held.set(key, (against = holdAgainst(key, defined, documents, manifest.object.apiVersion)));
    if (against === null) return [];
    return misfits(manifest.object, against.schema, against.set, metadata).map(({ path, what }) =>
      problemAt(manifest, path, `${pathText(path)}: ${what}`),
    );
  });
  const withoutStatus = [...held].flatMap(([key, against]) => (against !== null && hasNoStatus(against) ? [key] : []));
  return { problems, withoutStatus: new Set(withoutStatus) };
}

/** Whether a schema names the fields of a kind, and no status among them. */
function hasNoStatus({ schema, set }: Held): boolean {
  const { properties, open, additional } = set.flatten(schema);
  return properties.size > 0 && !open && additional === null && !properties.has('status');
}

async function load(
  manifests: readonly Manifest[],
  defined: ReadonlyMap<string, DefinedKind>,
  openApi: OpenApi,
): Promise<ReadonlyMap<string, SchemaDocument>> {
  const wanted = new Set(
    manifests
      .map(({ object }) => object)
      .filter((object) => !defined.has(kindKey(object)))
      .map((object) => object.apiVersion),
  );
  const loaded = await Promise.all(
    [...wanted].map(async (version) => [version, await openApi.document(version)] as const),
  );
  return new Map(loaded.filter((pair): pair is readonly [string, SchemaDocument] => pair[1] !== null));
}

function holdAgainst(
  key: string,
  defined: ReadonlyMap<string, DefinedKind>,
  documents: ReadonlyMap<string, SchemaDocument>,
  apiVersion: string,
): Held | null {
  const definition = defined.get(key);
  if (definition) {
    if (definition.schema === null) return null;
    return { schema: { ...definition.schema, 'x-kubernetes-embedded-resource': true }, set: new SchemaSet({}, true) };
  }
  const document = documents.get(apiVersion);
  const schema = document?.roots.get(key);
  return document === undefined || schema === undefined ? null : { schema, set: document.set };
}

/** `metadata` has one schema for all kinds; any document that is at hand serves. */
function metadataOf(documents: ReadonlyMap<string, SchemaDocument>): MetadataSchema | null {
  for (const { metadata, set } of documents.values()) if (metadata !== null) return { schema: metadata, set };
  return null;
}
