import type { Severity } from '../audit.ts';
import { kind } from './kind.ts';

/** One end of a connection: pods by namespace and labels, or an address outside of the cluster. */
type FlowParty =
  { readonly namespace: string; readonly labels: Readonly<Record<string, string>> } | { readonly address: string };

interface ExpectedFlow {
  readonly from: FlowParty;
  readonly to: FlowParty;
  readonly port: number;
  readonly protocol: string;
  readonly expected: 'allowed' | 'denied';
}

interface FlowSeen {
  /** `mixed` where it depends on which of the pods. */
  readonly answer: 'allowed' | 'denied' | 'mixed';
  /** How many pods have the labels; 0 where one that has just these was judged in their place. */
  readonly pods: { readonly from: number; readonly to: number };
  /** What speaks against the claim; empty where it holds. */
  readonly faults: readonly string[];
}

interface Checked {
  /** The id of the check. */
  readonly check: string;
  /** What holds where it finds nothing. */
  readonly claim: string;
  /** Whatever was audited. */
  readonly of: string;
}

interface CheckSeen {
  readonly severity: Severity;
  /** How many faults nobody answers for. */
  readonly open: number;
  /** How many faults an exemption is for. */
  readonly exempt: number;
  /** The first of the open ones. */
  readonly faults: readonly { readonly where: string; readonly what: string }[];
  readonly mend: string;
  /** The public checks that say the same. */
  readonly stands: readonly string[];
}

interface Exempted {
  readonly subject: string;
  readonly checks: readonly string[];
  readonly owner: string;
  readonly reason: string;
  readonly until: string;
  /** Whether it may match nothing; absent where it may not. */
  readonly optional?: boolean;
}

interface Coverage {
  readonly checks: number;
  /** How many objects of clusters were looked at. */
  readonly objects: number;
  /** What could not be looked at, by which check, and why. */
  readonly unseen: readonly { readonly check: string; readonly where: string; readonly why: string }[];
}

interface ReportsSeen {
  readonly passed: number;
  /** How many objects it would refuse, or could not judge. */
  readonly against: number;
  /** How many pods no report tells of. */
  readonly unseen: number;
  /** The first of both. */
  readonly named: readonly string[];
}

/** What is claimed of networks and rights. */
export const SECURITY = {
  'network-flow': kind<ExpectedFlow, FlowSeen>({
    subject: ({ from, to, port, protocol }) => `${partyWords(from)} → ${partyWords(to)} ${port}/${protocol}`,
    claim: ({ expected }) => `is ${expected} by the network policies`,
  }),

  'audit-check': kind<Checked, CheckSeen>({
    advises: true,
    subject: ({ check, of }) => `${check} on ${of}`,
    claim: ({ claim }) => claim,
  }),

  'audit-exemption': kind<Exempted, { readonly matched: number; readonly lapsed: boolean }>({
    advises: true,
    subject: ({ subject, checks }) => `exemption of ${subject} from ${checks.join(', ')}`,
    claim: ({ owner, reason, until, optional }) =>
      `${optional === true ? '' : 'is needed and '}stands until ${until}: ${reason} (${owner})`,
  }),

  'policy-reports': kind<{ readonly policy: string }, ReportsSeen>({
    advises: true,
    subject: ({ policy }) => `ValidatingPolicy ${policy}`,
    claim: () => 'would refuse nothing of what is there',
  }),

  'audit-coverage': kind<{ readonly of: string }, Coverage>({
    advises: true,
    subject: ({ of }) => `audit of ${of}`,
    claim: (_about, { checks, unseen }) =>
      unseen.length === 0
        ? `all of ${checks} checks could look`
        : `all of ${checks} checks could look, but for ${unseen.length}`,
  }),
};

/** `data/app=trino`, `data` or `203.0.113.7`. */
function partyWords(party: FlowParty): string {
  if ('address' in party) return party.address;
  const labels = Object.entries(party.labels).map(([key, value]) => `${key}=${value}`);
  return [party.namespace, ...(labels.length === 0 ? [] : [labels.join(',')])].join('/');
}
