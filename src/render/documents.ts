import type { Json, JsonObject } from '../domain/json.ts';
import type { RenderedDocument, RenderProblem, Rendering } from '../domain/rendering.ts';
import { parseManifestFile } from '../manifests/yaml.ts';

/** The documents that a tool wrote, each with the text of its `# Source:` comment; lists are taken apart. */
export function documentsOf(output: string, sourceOf: (text: string) => string): Rendering {
  const documents: RenderedDocument[] = [];
  const problems: RenderProblem[] = [];
  for (const text of output.split(/^---(?:[ \t].*)?$/m)) {
    if (text.trim() === '') continue;
    const source = sourceOf(text);
    const parsed = parseManifestFile(text);
    problems.push(
      ...parsed.problems.map(({ what }) => ({ source, message: `what it renders to is not YAML: ${what}` })),
    );
    for (const { value } of parsed.documents) {
      for (const item of itemsOf(value)) {
        if (isObject(item)) documents.push({ source, value: item });
        else problems.push({ source, message: 'it renders to something that is no Kubernetes object' });
      }
    }
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, documents };
}

/** The items of a `List`, or of a typed one such as `ConfigMapList`, whose items leave out their kind. */
function itemsOf(value: Json): readonly Json[] {
  if (!isObject(value)) return [value];
  const { apiVersion, kind, items } = value;
  if (typeof kind !== 'string' || !kind.endsWith('List') || !Array.isArray(items)) return [value];
  const common: JsonObject =
    kind === 'List' ? {} : { apiVersion: apiVersion ?? '', kind: kind.slice(0, -'List'.length) };
  return (items as readonly Json[]).flatMap((item) => itemsOf(isObject(item) ? { ...common, ...item } : item));
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
