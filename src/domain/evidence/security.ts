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

/** What is claimed of networks and rights. */
export const SECURITY = {
  'network-flow': kind<ExpectedFlow, FlowSeen>({
    subject: ({ from, to, port, protocol }) => `${partyWords(from)} → ${partyWords(to)} ${port}/${protocol}`,
    claim: ({ expected }) => `is ${expected} by the network policies`,
  }),
};

/** `data/app=trino`, `data` or `203.0.113.7`. */
function partyWords(party: FlowParty): string {
  if ('address' in party) return party.address;
  const labels = Object.entries(party.labels).map(([key, value]) => `${key}=${value}`);
  return [party.namespace, ...(labels.length === 0 ? [] : [labels.join(',')])].join('/');
}
