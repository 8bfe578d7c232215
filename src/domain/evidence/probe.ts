import type { Json } from '../json.ts';
import { kind } from './kind.ts';

/** What a probe waits for. */
export type Expectation =
  | { readonly protocol: 'http'; readonly status: number; readonly contains: string | null }
  | { readonly protocol: 'tcp' }
  | { readonly protocol: 'sql'; readonly equals: string | number | boolean };

/** What is expected, as the rest of a sentence that begins with the question: `answers 200`. */
export function expectation(of: Expectation): string {
  switch (of.protocol) {
    case 'http':
      return `answers ${of.status}${of.contains === null ? '' : ` with the text ${JSON.stringify(of.contains)}`}`;
    case 'tcp':
      return 'accepts a connection';
    case 'sql':
      return `gives ${JSON.stringify(of.equals)}`;
  }
}

/** What probes claim. */
export const PROBE = {
  'probe-answered': kind<
    { readonly step: string; readonly expects: Expectation },
    /** As the kind of probe tells it: a status, or words. */
    Json
  >({
    subject: ({ step }) => `probe ${step}`,
    claim: ({ expects }) => expectation(expects),
  }),
};
