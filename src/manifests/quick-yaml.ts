import { defineScalarTag, FAILSAFE_SCHEMA, loadAll, mapTag, NOT_RESOLVED } from 'js-yaml';
import type { Json } from '../domain/json.ts';
import { LIMITS } from '../domain/limits.ts';
import { plainScalar } from './scalars.ts';

/** Anchors, aliases, tags, merge keys, tabs, directives and odd marks, where one may begin or only seems to. */
const SELDOM = /(?:^|[\s[{,:-])[&*!][^\s=&|]|<<|\t|^[\ufeff ]*(?:%|\.\.\.)|^[\ufeff ]+---/m;
/** With one of these begins every scalar that is no text. */
const FIRST = ['', ...Array.from('~yYnNtTfFoO.-+0123456789')];

const plain = defineScalarTag<Json>('tag:yaml.org,2002:plain', {
  implicit: true,
  implicitFirstChars: FIRST,
  resolve: (source) => {
    const scalar = plainScalar(source);
    if (scalar.is === 'refused') throw new SyntaxError(scalar.why);
    return scalar.is === 'text' ? NOT_RESOLVED : scalar.value;
  },
  identify: () => false,
});
const map = {
  ...mapTag,
  addPair: (carrier: Record<string, unknown>, key: unknown, value: unknown): string =>
    typeof key === 'string' ? mapTag.addPair(carrier, key, value) : 'a key that is no text',
};
const schema = FAILSAFE_SCHEMA.withTags(plain, map);

/**
 * Reads the documents of a manifest file several times faster than a reader that keeps where each value is written, and to
 * the same values; null for what this one leaves to that: what it refuses, and what manifests seldom hold.
 */
export function readQuickly(text: string): readonly Json[] | null {
  if (SELDOM.test(text)) return null;
  try {
    const documents = loadAll(text, { schema }) as readonly Json[];
    return documents.length > LIMITS.yamlDocuments.most ? null : documents;
  } catch {
    return null;
  }
}
