import { defineScalarTag, FAILSAFE_SCHEMA, loadAll, mapTag, NOT_RESOLVED } from 'js-yaml';
import { Document, isScalar, type DocumentOptions, type ScalarTag, type SchemaOptions } from 'yaml';
import type { Json } from '../domain/json.ts';

/** Anchors, aliases, tags, merge keys, tabs, directives and odd marks, where one may begin or only seems to. */
const SELDOM = /(?:^|[\s[{,:-])[&*!][^\s=&|]|<<|\t|^ *(?:%|\.\.\.)|^ +---/m;
/** With one of these begins every scalar that is no text. */
const FIRST = ['', ...Array.from('~yYnNtTfFoO.-+0123456789')];

/**
 * Reads the documents of a manifest file several times faster than a reader that keeps where each value is written, and to
 * the same values; null for what this one leaves to that: what it refuses, and what manifests seldom hold.
 */
export type QuickReader = (text: string) => readonly Json[] | null;

/** @param options of the other reader: its own tags decide here too what is a number and what is true. */
export function quickReader(options: SchemaOptions & DocumentOptions): QuickReader {
  const { tags } = new Document(null, options).schema;
  const scalars = tags.filter((tag): tag is ScalarTag & { test: RegExp } => tag.default === true && 'test' in tag);
  const refuse = (message: string): never => {
    throw new SyntaxError(message);
  };
  const plain = defineScalarTag<Json>('tag:yaml.org,2002:plain', {
    implicit: true,
    implicitFirstChars: FIRST,
    resolve: (source) => {
      const tag = scalars.find(({ test }) => test.test(source));
      if (tag === undefined) return NOT_RESOLVED;
      const resolved = tag.resolve(source, refuse, {});
      return (isScalar(resolved) ? resolved.value : resolved) as Json;
    },
    identify: () => false,
  });
  const map = {
    ...mapTag,
    addPair: (carrier: Record<string, unknown>, key: unknown, value: unknown): string =>
      typeof key === 'string' ? mapTag.addPair(carrier, key, value) : 'a key that is no text',
  };
  const schema = FAILSAFE_SCHEMA.withTags(plain, map);
  return (text) => {
    if (SELDOM.test(text)) return null;
    try {
      return loadAll(text, { schema }) as readonly Json[];
    } catch {
      return null;
    }
  };
}
