import type { Node } from 'yaml';
import type { z } from 'zod';
import type { Problem } from '../problem.ts';
import { didYouMean, listed } from '../../domain/suggest.ts';
import { knownFields } from './fields.ts';
import type { Content } from './content.ts';
import { nodeAt, type Path } from './yaml-source.ts';

type Issue = z.core.$ZodIssue;

/**
 * Everything in a document that `schema` refuses, at its place in the file.
 *
 * @param failed nodes about which enough was said.
 */
export function schemaProblems(content: Content, schema: z.ZodType, failed: ReadonlySet<Node>): readonly Problem[] {
  const parsed = schema.safeParse(content.data);
  if (parsed.success) return [];
  return parsed.error.issues.flatMap((issue) => {
    const path = issue.path as Path;
    const node = nodeAt(content.document, path);
    if (node && failed.has(node)) return [];
    if (issue.code === 'unrecognized_keys') {
      const known = knownFields(schema, content.data, issue.path);
      return issue.keys.map((key) => content.atKey([...path, key], unknownField(key, known)));
    }
    if (issue.code === 'invalid_key')
      return [content.atKey(path, `"${String(path.at(-1))}" ${issue.issues[0]?.message ?? 'is not a name'}`)];
    return [content.at(path, messageOf(issue, valueAt(content.data, path)))];
  });
}

function unknownField(key: string, known: readonly string[]): string {
  const guess = didYouMean(key, known);
  return `unknown field "${key}"${guess === '' ? `; known here: ${listed(known)}` : guess}`;
}

function messageOf(issue: Issue, value: unknown): string {
  const field = fieldName(issue.path as Path);
  if (value === undefined) return `the field "${field}" is missing${expectation(issue)}`;
  switch (issue.code) {
    case 'invalid_type':
      return `${field}: must be ${typeName(issue.expected)}, not ${kindOf(value)}`;
    case 'invalid_value':
      return `${field}: must be ${alternatives(issue.values)}, not ${shown(value)}${guess(value, issue.values)}`;
    case 'invalid_union': {
      if (!('discriminator' in issue))
        return `${field}: ${issue.message === 'Invalid input' ? `cannot be ${shown(value)}` : issue.message}`;
      const options = optionsOf(issue);
      return `unknown ${field} ${shown(value)}${guess(value, options)}; known: ${listed(options)}`;
    }
    case 'too_small':
      return `${field}: ${issue.origin === 'array' ? 'must not be empty' : `must be ${issue.inclusive === false ? 'more than' : 'at least'} ${String(issue.minimum)}${lengthOf(issue.origin)}`}`;
    case 'too_big':
      return `${field}: must be at most ${String(issue.maximum)}${lengthOf(issue.origin)}`;
    default:
      return `${field}: ${issue.message}`;
  }
}

/** The last part of a path, in words. */
function fieldName(path: Path): string {
  const last = path.at(-1);
  if (last === undefined) return 'the document';
  if (typeof last === 'number') return `${String(path.at(-2) ?? 'item')}[${last}]`;
  return last === 'kind' && (path.at(-3) === 'steps' || path.at(-3) === 'targets')
    ? `${path.at(-3) === 'steps' ? 'step' : 'target'} kind`
    : last;
}

/** What a missing field would have to be, where that is short to say. */
function expectation(issue: Issue): string {
  if (issue.code === 'invalid_value') return `; it must be ${alternatives(issue.values)}`;
  if (issue.code === 'invalid_union' && 'discriminator' in issue) return `; known: ${listed(optionsOf(issue))}`;
  if (issue.code === 'invalid_union' && issue.message !== 'Invalid input') return `; it ${issue.message}`;
  return '';
}

function optionsOf(issue: Issue): readonly string[] {
  return 'options' in issue && Array.isArray(issue.options) ? issue.options.map(String) : [];
}

function alternatives(values: readonly unknown[]): string {
  return values.length === 1 ? `"${String(values[0])}"` : `one of ${listed(values.map(String))}`;
}

function guess(value: unknown, known: readonly unknown[]): string {
  return typeof value === 'string' ? didYouMean(value, known.map(String)) : '';
}

function typeName(expected: string): string {
  const names: Readonly<Record<string, string>> = {
    object: 'a mapping',
    array: 'a list',
    record: 'a mapping',
    string: 'a text',
    int: 'a whole number',
  };
  return names[expected] ?? `a ${expected}`;
}

function lengthOf(origin: string): string {
  return origin === 'string' ? ' characters long' : '';
}

/** What a value is; not the value itself, which may be a secret in a wrong place. */
function kindOf(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  if (typeof value === 'bigint') return 'a whole number that is too large to be held exactly (quotes keep its digits)';
  if (typeof value !== 'string') return `a ${typeof value}`;
  return /^(true|false|-?\d+(\.\d+)?)$/.test(value) ? 'a text (quotes make it one)' : 'a text';
}

/** A value where one of few names is expected. */
function shown(value: unknown): string {
  return typeof value === 'string' && value.length <= 63 ? `"${value}"` : kindOf(value);
}

function valueAt(data: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, part) => (value as Record<PropertyKey, unknown> | null | undefined)?.[part],
    data,
  );
}
