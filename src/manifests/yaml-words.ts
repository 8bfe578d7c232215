import type { ErrorCode } from 'yaml';

/**
 * What is wrong with a YAML document, by the code of the library's error. Its own messages quote what is written there,
 * which may be a password without quotes.
 */
export function yamlProblem(code: ErrorCode): string {
  return `not valid YAML: ${WORDS[code]}`;
}

const QUOTES = 'a text that begins so needs quotes';
const INDENT = 'this does not stand at the indent of what is around it';

const WORDS: Readonly<Record<ErrorCode, string>> = {
  ALIAS_PROPS: 'an alias takes no anchor and no tag',
  BAD_ALIAS: `an alias or anchor without a proper name; ${QUOTES}`,
  BAD_COLLECTION_TYPE: `the tag does not fit the value; ${QUOTES}`,
  BAD_DIRECTIVE: 'not a directive that is known',
  BAD_DQ_ESCAPE: 'a backslash in double quotes begins no escape here: write it twice, or use single quotes',
  BAD_INDENT: `${INDENT}, or a bracket is not closed where it must be`,
  BAD_PROP_ORDER: 'anchors and tags come before the value',
  BAD_SCALAR_START: `no text may begin so; ${QUOTES}`,
  BLOCK_AS_IMPLICIT_KEY: 'a mapping or list cannot follow on the same line',
  BLOCK_IN_FLOW: 'only values in brackets, and texts, can stand inside of brackets',
  DUPLICATE_KEY: 'the same key stands here twice',
  IMPOSSIBLE: 'this cannot be read',
  KEY_OVER_1024_CHARS: 'a key of more than 1024 characters',
  MISSING_CHAR: 'something is missing before this, such as a closing quote or bracket, a comma, a colon or a space',
  MULTILINE_IMPLICIT_KEY: 'a key goes over several lines, or its colon is missing',
  MULTIPLE_ANCHORS: 'a value has one anchor at most',
  MULTIPLE_DOCS: 'there is a second document',
  MULTIPLE_TAGS: 'a value has one tag at most',
  NON_STRING_KEY: 'a key must be a text',
  RESOURCE_EXHAUSTION: 'it is nested too deeply',
  TAB_AS_INDENT: 'tabs are not allowed as indentation',
  TAG_RESOLVE_FAILED: `a tag that is not known here, or a number that JSON cannot carry; ${QUOTES}`,
  UNEXPECTED_TOKEN: 'this cannot stand here: quotes or a line break may be missing before it',
};

/** An alias is not quoted either. */
export const NO_ANCHOR = `not valid YAML: an alias without an anchor of its name before it; ${QUOTES}`;
