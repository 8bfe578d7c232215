import type { RenderedDocument, RenderProblem, Rendering } from '../domain/rendering.ts';
import { isObject } from '../domain/json-fields.ts';
import { OverLimit } from '../domain/limit.ts';
import { LIMITS } from '../domain/limits.ts';
import { itemsOf } from '../manifests/lists.ts';
import { parseManifestFile } from '../manifests/yaml.ts';

/** Whatever follows a mark on its line belongs to the document. */
const DOCUMENT_MARK = /^---(?=\s|$)/m;

/**
 * The documents that a tool wrote, each with the text of its `# Source:` comment; lists are taken apart.
 *
 * @throws WindlassFailure `LimitExceeded` for more objects than are taken.
 */
export function documentsOf(output: string, sourceOf: (text: string) => string): Rendering {
  const documents: RenderedDocument[] = [];
  const problems: RenderProblem[] = [];
  for (const text of output.split(DOCUMENT_MARK)) {
    if (text.trim() === '') continue;
    const source = sourceOf(text);
    const parsed = parseManifestFile(text);
    problems.push(
      ...parsed.problems.map(({ what }) => ({ source, message: `what it renders to cannot be read: ${what}` })),
    );
    for (const { value } of parsed.documents) {
      for (const { item } of itemsOf(value)) {
        if (documents.length >= LIMITS.objects.most)
          throw new OverLimit(LIMITS.objects, 'What is rendered', 'rendering');
        if (isObject(item)) documents.push({ source, value: item });
        else problems.push({ source, message: 'it renders to something that is no Kubernetes object' });
      }
    }
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, documents };
}
