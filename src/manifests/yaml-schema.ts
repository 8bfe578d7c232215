import { type DocumentOptions, type ParseOptions, type ScalarTag, type SchemaOptions } from 'yaml';
import { plainScalar, type PlainScalar } from './scalars.ts';

/** A tag that takes what `plainScalar` says is of its kind. */
class PlainTest extends RegExp {
  readonly #takes: (scalar: PlainScalar) => boolean;

  constructor(takes: (scalar: PlainScalar) => boolean) {
    super('');
    this.#takes = takes;
  }

  override test(source: string): boolean {
    return this.#takes(plainScalar(source));
  }
}

function scalarTag(name: string, identify: (value: unknown) => boolean, extra = false): ScalarTag {
  return {
    tag: `tag:yaml.org,2002:${name}`,
    default: true,
    identify,
    test: new PlainTest((scalar) =>
      scalar.is === 'value' ? identify(scalar.value) : extra && scalar.is === 'refused',
    ),
    resolve: (source, refuse) => {
      const scalar = plainScalar(source);
      if (scalar.is === 'refused') refuse(scalar.why);
      return scalar.is === 'value' ? scalar.value : source;
    },
    stringify: ({ value }) => String(value),
  };
}

const isWhole = (value: unknown): boolean => typeof value === 'bigint' || Number.isInteger(value);

/** How the YAML library reads, and writes, what kubectl's reader takes the same way. */
export const AS_KUBECTL_READS: DocumentOptions & ParseOptions & SchemaOptions = {
  version: '1.1',
  schema: 'failsafe',
  merge: true,
  resolveKnownTags: false,
  prettyErrors: false,
  logLevel: 'silent',
  // See `doubleKeys`.
  uniqueKeys: false,
  customTags: (tags) => [
    ...tags,
    scalarTag('null', (value) => value === null),
    scalarTag('bool', (value) => typeof value === 'boolean'),
    scalarTag('int', isWhole),
    scalarTag('float', (value) => typeof value === 'number' && !isWhole(value), true),
  ],
};

/** A key of a mapping as text; a merge key is a symbol to the library. */
export function keyText(value: unknown): string {
  return typeof value === 'symbol' ? (value.description ?? '') : String(value);
}
