import { z } from 'zod';
import type { StepKindTable } from '../../src/domain/kinds/descriptor.ts';

/** Names of all properties anywhere in a JSON Schema, but not those that users choose. */
export function properties(schema: unknown): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    if ('properties' in node && typeof node.properties === 'object' && node.properties !== null)
      Object.keys(node.properties).forEach((name) => found.add(name));
    Object.values(node).forEach(visit);
  };
  visit(schema);
  return found;
}

/**
 * What the guide does not say of the kinds of a table: the line of the index, the section, a field.
 *
 * @param document the text of a page below `docs/`.
 */
export async function undocumented(
  kinds: StepKindTable,
  document: (name: string) => Promise<string>,
): Promise<readonly string[]> {
  // Tables are padded; what counts is what they say.
  const index = (await document('rollout-file.md')).replace(/ +/g, ' ');
  const missing = await Promise.all(
    Object.entries(kinds).map(async ([kind, { docs, schema }]) => {
      const page = await document(docs.page);
      const line = `| [\`${kind}\`](${docs.page}#${kind.replace('.', '')}) | ${docs.summary} |`;
      // References are explained where those of environments are.
      const text = `${page}\n${index}`;
      const fields = [...properties(z.toJSONSchema(schema, { io: 'input' }))];
      return [
        ...(index.includes(line) ? [] : [`docs/rollout-file.md: ${line}`]),
        ...(page.includes(`\n## \`${kind}\`\n`) ? [] : [`docs/${docs.page}: a section "${kind}"`]),
        ...fields
          .filter((field) => !new RegExp(`\\b${field}\\b`).test(text))
          .map((field) => `docs/${docs.page}: the field ${field} of ${kind}`),
      ];
    }),
  );
  return missing.flat();
}
