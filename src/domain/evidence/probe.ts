import { comparisonWords, type Comparison } from '../comparison.ts';
import type { Json } from '../json.ts';
import { kind } from './kind.ts';

/** What a probe waits for. */
export type Expectation =
  | {
      readonly protocol: 'http';
      readonly status: number;
      readonly contains: string | null;
      /** Absent where the body is not read as JSON. */
      readonly json?: { readonly of: string; readonly is: Expected };
    }
  | { readonly protocol: 'tcp' }
  | ({ readonly protocol: 'sql' } & Comparison)
  | { readonly protocol: 'sql'; readonly letsIn: string }
  | { readonly protocol: 'promql'; readonly is: Comparison }
  | { readonly protocol: 's3'; readonly of: 'objects' | 'bytes'; readonly is: Comparison }
  | { readonly protocol: 's3'; readonly of: 'list' | 'round trip' }
  | { readonly protocol: 'kubernetes'; readonly is: Expected }
  | {
      readonly protocol: 'tls';
      /** Hosts of which each was asked for by itself; absent where one was. */
      readonly serverNames?: readonly string[];
      readonly names: readonly string[];
      readonly daysLeft: number;
    }
  | {
      readonly protocol: 'dns';
      readonly names: readonly string[];
      readonly type: string;
      readonly records: readonly string[];
      readonly exactly: boolean;
    };

/** A value that is compared, or an expression that holds. */
export type Expected = Comparison | { readonly holds: string };

/** What is expected, as the rest of a sentence that begins with the question: `answers 200`. */
export function expectation(of: Expectation): string {
  switch (of.protocol) {
    case 'http':
      return [
        `answers ${of.status}`,
        ...(of.contains === null ? [] : [`with the text ${JSON.stringify(of.contains)}`]),
        ...(of.json === undefined ? [] : [`with JSON in which ${of.json.of} ${expectedWords(of.json.is)}`]),
      ].join(' ');
    case 'tcp':
      return 'accepts a connection';
    case 'sql':
      return 'letsIn' in of ? `lets ${of.letsIn} in by its password` : `gives ${comparisonWords(of)}`;
    case 'promql':
      return `gives ${comparisonWords(of.is)}`;
    case 's3':
      if ('is' in of) return `has ${comparisonWords(of.is)} ${of.of}`;
      return of.of === 'list' ? 'can be listed' : 'gives back what was put';
    case 'kubernetes':
      return 'holds' in of.is ? `fulfils ${of.is.holds}` : `gives ${comparisonWords(of.is)}`;
    case 'tls':
      return [
        ...(of.serverNames === undefined
          ? ['has a certificate that is trusted']
          : [`has a certificate that is trusted for each of ${of.serverNames.join(', ')}`]),
        ...(of.names.length === 0 ? [] : [`${of.serverNames === undefined ? '' : 'and '}for ${of.names.join(', ')}`]),
        ...(of.daysLeft === 0 ? [] : [`for ${of.daysLeft} more days`]),
      ].join(' ');
    case 'dns':
      return of.records.length === 0
        ? `has ${of.type} records`
        : `has the ${of.type} records ${of.records.join(', ')}${of.exactly ? ' and no others' : ''}`;
  }
}

function expectedWords(of: Expected): string {
  return 'holds' in of ? 'holds' : `is ${comparisonWords(of)}`;
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
