import type { Finding } from '../../domain/evidence.ts';
import type { FlowEndSpec, FlowSpec, NetworkFlowsSpec } from '../../domain/kinds/network-flows.ts';
import { mayFlow, type FlowEnd } from '../../domain/network/flow.ts';
import type { EngineContext, StepEngine } from '../../domain/step-engine.ts';
import type { KubernetesClient } from '../client/client.ts';
import { endsOf, readNetwork, type NetworkState } from './pods.ts';

/** How many pairs of pods that speak against a flow are named. */
const NAMED = 3;

/**
 * `network.flows`: asks of every flow of a table what the policies of the cluster say of it. It sends nothing, so it proves
 * what is declared, not that the network plugin obeys.
 */
export function networkFlowsEngine(api: KubernetesClient): StepEngine<NetworkFlowsSpec> {
  const verify = async ({ flows }: NetworkFlowsSpec, { signal }: EngineContext): Promise<readonly Finding[]> => {
    const namespaces = new Set(flows.flatMap(({ from, to }) => [from.namespace ?? [], to.namespace ?? []].flat()));
    const state = await readNetwork([...namespaces], api, signal);
    const time = new Date().toISOString();
    return flows.map((flow) => findingOf(flow, state, `NetworkPolicies of API server ${api.address}`, time));
  };
  return {
    plan: () => Promise.resolve([]),
    apply: async (spec, context) => ({ changes: [], findings: await verify(spec, context) }),
    verify,
    undo: () => 'Looking at policies changes nothing, so there is nothing to undo.',
  };
}

/** @internal exported for its tests */
export function findingOf(flow: FlowSpec, state: NetworkState, source: string, time: string): Finding {
  const { port, protocol, expect: expected } = flow;
  const [from, to] = [endsOf(flow.from, state), endsOf(flow.to, state)];
  const pairs = from.ends.flatMap((source) => to.ends.map((destination) => ({ from: source, to: destination })));
  const answers = pairs.map((pair) => ({ pair, ...mayFlow({ ...pair, port, protocol }, state.policies) }));
  const against = answers.filter(({ allowed }) => allowed !== (expected === 'allowed'));
  const allowed = answers.filter((answer) => answer.allowed).length;
  const more = against.length > NAMED ? [`and ${against.length - NAMED} more`] : [];
  return {
    kind: 'network-flow',
    about: { from: partyOf(flow.from), to: partyOf(flow.to), port, protocol, expected },
    holds: against.length === 0,
    how: 'real',
    source,
    observed: {
      answer: allowed === answers.length ? 'allowed' : allowed === 0 ? 'denied' : 'mixed',
      pods: { from: from.pods, to: to.pods },
      faults: [
        ...against.slice(0, NAMED).map(({ pair, why }) => `${endWords(pair.from)} → ${endWords(pair.to)} ${why}`),
        ...more,
      ],
    },
    time,
  };
}

function partyOf({ namespace = '', labels, address }: FlowEndSpec) {
  return address === undefined ? { namespace, labels } : { address };
}

function endWords(end: FlowEnd): string {
  if ('address' in end) return end.address;
  return end.name === '' ? `a pod of ${end.namespace} with these labels` : `Pod ${end.namespace}/${end.name}`;
}
