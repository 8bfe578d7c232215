import { isScalar, Scalar, visit, type Node } from 'yaml';
import { LIMITS } from '../../domain/limits.ts';
import type { ParameterValue } from '../../domain/rollout.ts';
import type { Problem } from '../problem.ts';
import { fill, hasPlaceholder, placeholderIndexes, type Filled } from './placeholder.ts';
import type { YamlSource } from './yaml-source.ts';

export interface Parameters {
  readonly values: Readonly<Record<string, ParameterValue>>;
  /** Why a parameter that is not in `values` cannot be filled in; null when that was said elsewhere. */
  readonly refuse: (name: string) => string | null;
}

interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

export interface Substituted {
  readonly problems: readonly Problem[];
  /** Nodes that could not be filled in, and about which nothing more should be said. */
  readonly failed: ReadonlySet<Node>;
  /** The source after substitution; the very same text when it has no placeholder. */
  readonly text: string;
  /** Where in the source that is written which stands at an offset of `text`. */
  readonly sourceOffset: (offset: number) => number;
}

/**
 * Fills parameters into the values of a source. The nodes of its documents change in place, so that places still hold;
 * the text changes only where a placeholder stood. Keys are never filled in.
 *
 * Quotes mean text, as everywhere in YAML: `port: ${{ parameters.port }}` is a number when the parameter is one,
 * `port: "${{ parameters.port }}"` is a text.
 */
export function substitute(source: YamlSource, parameters: Parameters): Substituted {
  const problems: Problem[] = [];
  const failed = new Set<Node>();
  const edits: Edit[] = [];
  let room = LIMITS.text.most - source.text.length;

  const scalar = (key: number | 'key' | 'value' | null, node: Scalar): void => {
    const { value, range } = node;
    if (typeof value !== 'string' || !range || !hasPlaceholder(value)) return;
    if (key === 'key') {
      problems.push(source.problem(range[0], 'a placeholder cannot stand in a key, only in a value'));
      return;
    }
    const filled = fill(value, parameters.values, parameters.refuse, isText(node), room);
    room -= filled.inserted.reduce<number>((sum, one) => sum + String(one).length, 0);
    const starts = filled.bad.length === 0 ? [] : placeholderIndexes(source.text.slice(range[0], range[1]));
    for (const bad of filled.bad) {
      const within = starts[bad.before] ?? 0;
      if (bad.reason !== null) problems.push(source.problem(range[0] + within, `${bad.text} ${bad.reason}`));
    }
    if (filled.bad.length > 0) failed.add(node);
    else edits.push(editOf(source.text.slice(range[0], range[1]), range[0], node, filled, parameters));
    node.value = filled.value;
  };

  for (const document of source.documents) {
    visit(document, {
      Node: (key, node) => {
        if (isScalar(node)) scalar(key, node);
      },
    });
  }
  edits.sort((a, b) => a.from - b.from);
  return {
    ...{ problems, failed, text: applyEdits(source.text, edits) },
    sourceOffset: (offset) => offsetBefore(edits, offset),
  };
}

function isText(node: Scalar): boolean {
  return node.type !== Scalar.PLAIN || node.tag === 'tag:yaml.org,2002:str';
}

/**
 * How the source of one scalar changes. Block scalars keep their lines where that cannot change what they mean;
 * everything else becomes a double-quoted text, which JSON's form is, or a bare number or boolean.
 */
function editOf(written: string, from: number, node: Scalar, filled: Filled, parameters: Parameters): Edit {
  const to = from + written.length;
  const block = node.type === Scalar.BLOCK_LITERAL || node.type === Scalar.BLOCK_FOLDED;
  if (block && filled.inserted.every((value) => /^\S([^\r\n]*\S)?$/.test(String(value))))
    return { from, to, text: String(fill(written, parameters.values, (name) => name, true).value) };
  return { from, to, text: JSON.stringify(filled.value) + (block && written.endsWith('\n') ? '\n' : '') };
}

function applyEdits(text: string, edits: readonly Edit[]): string {
  const pieces: string[] = [];
  let done = 0;
  for (const { from, to, text: put } of edits) {
    pieces.push(text.slice(done, from), put);
    done = to;
  }
  return [...pieces, text.slice(done)].join('');
}

/** Inside of what was filled in, the place of the placeholder counts. */
function offsetBefore(edits: readonly Edit[], offset: number): number {
  let grown = 0;
  for (const { from, to, text } of edits) {
    if (offset < from + grown) break;
    if (offset < from + grown + text.length) return from;
    grown += text.length - (to - from);
  }
  return offset - grown;
}
