/**
 * Writes src/kubernetes/status/kinds-without-status.ts: the kinds of Kubernetes whose schema has no status, from the OpenAPI
 * documents of the version that the lab's control plane is built from. Run it when that version moves:
 * `node scripts/kinds-without-status.ts`. tests/integration/kubernetes-kinds.test.ts holds it against the running server.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Json } from '../src/domain/json.ts';
import { read, readList, readObject, readText } from '../src/domain/json-fields.ts';

/** What the schemas of a server say of its kinds: by `group/Kind`, whether objects of it ever have a status. */
export function statusByKind(documents: readonly Json[]): ReadonlyMap<string, boolean> {
  const kept = new Set<string>();
  const found = new Map<string, boolean>();
  for (const document of documents) {
    for (const item of Object.values(readObject(document, 'paths')))
      if (readText(item, 'get', 'x-kubernetes-action') === 'list' && read(item, 'post') !== undefined)
        kept.add(nameOf(read(item, 'post', 'x-kubernetes-group-version-kind') ?? null));
    for (const schema of Object.values(readObject(document, 'components', 'schemas')))
      for (const kind of readList(schema, 'x-kubernetes-group-version-kind')) {
        const name = nameOf(kind);
        found.set(name, (found.get(name) ?? false) || read(schema, 'properties', 'status') !== undefined);
      }
  }
  return new Map([...found].filter(([name]) => kept.has(name)).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function nameOf(kind: Json): string {
  return `${readText(kind, 'group') ?? ''}/${readText(kind, 'kind') ?? ''}`;
}

function publishedDocuments(): Json[] {
  const module = fileURLToPath(new URL('../tools/control-plane', import.meta.url));
  const place = execFileSync('go', ['list', '-m', '-f', '{{.Dir}}', 'k8s.io/kubernetes'], {
    cwd: module,
    encoding: 'utf8',
  });
  const directory = join(place.trim(), 'api/openapi-spec/v3');
  return readdirSync(directory).map((file) => JSON.parse(readFileSync(join(directory, file), 'utf8')) as Json);
}

function main(): void {
  const kinds = [...statusByKind(publishedDocuments())].flatMap(([name, hasStatus]) => (hasStatus ? [] : [name]));
  const text = `/** Kinds of Kubernetes whose schema has no status. Written by scripts/kinds-without-status.ts. */
export const KINDS_WITHOUT_STATUS: ReadonlySet<string> = new Set([
${kinds.map((name) => `  '${name}',`).join('\n')}
]);
`;
  writeFileSync(fileURLToPath(new URL('../src/kubernetes/status/kinds-without-status.ts', import.meta.url)), text);
}

if (import.meta.filename === process.argv[1]) main();
