import { posix } from 'node:path';
import { parse } from 'yaml';
import type { FileTree } from '../../domain/rendering.ts';
import { yamlBeyond } from '../../manifests/yaml-bounds.ts';
import { fieldsOf } from '../draft.ts';
import { textOf } from './tree.ts';

/** Helm itself reads these. */
export const OF_HELM: readonly string[] = ['global', 'tags'];

/**
 * The names of the values that a chart can use at all; null when that cannot be known, since it passes its values on as
 * a whole or has packaged charts inside.
 *
 * @param given texts of values, which may hold templates themselves
 */
export function usableValues(files: FileTree, chart: string, given: readonly string[]): ReadonlySet<string> | null {
  const paths = [...files.keys()];
  if (paths.some((path) => /\.(tgz|tar\.gz)$/.test(path))) return null;
  const known = new Set(OF_HELM);
  const read = (name: string): unknown => parsed(textOf(files, posix.join(chart, name)));
  for (const name of Object.keys(fieldsOf(read('values.yaml')))) known.add(name);
  for (const name of Object.keys(fieldsOf(read('values.schema.json'), 'properties'))) known.add(name);
  const dependencies = fieldsOf(read('Chart.yaml'))['dependencies'];
  for (const dependency of Array.isArray(dependencies) ? dependencies : []) {
    const { name, alias, condition } = fieldsOf(dependency);
    for (const word of [name, alias]) if (typeof word === 'string') known.add(word);
    for (const [, word] of String(condition).matchAll(/([\w-]+)\.[\w.-]+/g)) known.add(word ?? '');
  }
  // A chart may lie in charts/ without being listed.
  for (const path of paths) {
    const inner = /^charts\/([^/]+)\//.exec(path.slice(chart.length + 1))?.[1];
    if (inner !== undefined) known.add(inner);
  }
  const texts = [
    ...paths.filter((path) => path.includes('/templates/')).map((path) => textOf(files, path) ?? ''),
    ...given,
  ];
  for (const text of [...texts, textOf(files, posix.join(chart, 'values.yaml')) ?? '']) {
    const named = namesIn(text);
    if (named === null) return null;
    for (const name of named) known.add(name);
  }
  return known;
}

/** What follows `.Values` in templates; null where the values are used as a whole. */
function namesIn(text: string): readonly string[] | null {
  const names: string[] = [];
  for (const { 0: written, index } of text.matchAll(/\.Values\b/g)) {
    const after = text.slice(index + written.length, index + 200);
    const named = /^\.([A-Za-z_]\w*)/.exec(after)?.[1];
    const before = text.slice(Math.max(0, index - 40), index);
    const asked = /\b(index|hasKey|get)\s+\(?\s*\$?\w*$/.test(before) ? /^\s+"([^"]+)"/.exec(after)?.[1] : undefined;
    const name = named ?? asked;
    if (name === undefined) return null;
    names.push(name);
  }
  return names;
}

function parsed(text: string | null): unknown {
  if (text === null || yamlBeyond(text) !== null) return null;
  try {
    return parse(text, { logLevel: 'silent' });
  } catch {
    return null;
  }
}
