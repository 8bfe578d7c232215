import { matchesLabels } from '../label-selector.ts';
import { isWithin } from './addresses.ts';
import type { NetworkPolicy, Peer, PolicyPort, PolicyRule, Protocol } from './policy.ts';

/** A pod, as far as NetworkPolicies know it. */
export interface PodEnd {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly namespaceLabels: Readonly<Record<string, string>>;
  /** Its addresses; empty while it has none. */
  readonly addresses: readonly string[];
  /** The ports that its containers give a name. */
  readonly ports: readonly { readonly name: string; readonly port: number; readonly protocol: Protocol }[];
  /** Whether it has its node's network. Policies do not select it then: its traffic is that of the node. */
  readonly hostNetwork: boolean;
}

/** One end of a flow: a pod, or an address outside of the cluster. */
export type FlowEnd = PodEnd | { readonly address: string };

/** A connection that one end would open to a port of the other. */
export interface Flow {
  readonly from: FlowEnd;
  readonly to: FlowEnd;
  readonly port: number;
  readonly protocol: Protocol;
}

export interface FlowAnswer {
  readonly allowed: boolean;
  /** What decides it, as the rest of a sentence that begins with the flow. */
  readonly why: string;
}

/**
 * Whether NetworkPolicies let a flow pass, by the semantics of networking.k8s.io/v1: a pod that no policy selects for a
 * direction is open in it, one that is selected takes what any of its policies allows, and both ends must agree.
 *
 * What the standard leaves open is read as most network plugins have it: a range matches pods by their addresses, and pods
 * with the network of their node are matched by ranges alone. Other kinds of policy (AdminNetworkPolicy, those of a plugin)
 * are not looked at, and whether a plugin enforces any of it, no API object tells.
 */
export function mayFlow(flow: Flow, policies: readonly NetworkPolicy[]): FlowAnswer {
  const { from, to } = flow;
  if (isPod(from) && isPod(to) && from.namespace === to.namespace && from.name === to.name)
    return { allowed: true, why: 'is of one pod with itself, which no policy can close' };
  const out = judge(flow, policies, 'egress', from, to);
  if (!out.allowed) return out;
  const into = judge(flow, policies, 'ingress', to, from);
  return into.allowed && out.policy !== null && into.policy === null ? out : into;
}

interface Judged extends FlowAnswer {
  /** What lets it pass; null where nothing isolates. */
  readonly policy: string | null;
}

function judge(
  flow: Flow,
  policies: readonly NetworkPolicy[],
  direction: 'ingress' | 'egress',
  own: FlowEnd,
  other: FlowEnd,
): Judged {
  const isolating = policies.filter((policy) => policy.rules[direction] !== undefined && selects(policy, own));
  if (isolating.length === 0)
    return { allowed: true, policy: null, why: `passes: no policy isolates its ${sideOf(direction)}` };
  const allowing = isolating.find((policy) =>
    policy.rules[direction]?.some((rule) => lets(rule, policy.namespace, other, flow)),
  );
  if (allowing !== undefined) return { allowed: true, policy: nameOf(allowing), why: `passes by ${nameOf(allowing)}` };
  const names = isolating.map(nameOf).join(', ');
  return {
    allowed: false,
    policy: null,
    why: `is closed: ${direction} of its ${sideOf(direction)} is isolated by ${names}, and none allows it`,
  };
}

function sideOf(direction: 'ingress' | 'egress'): string {
  return direction === 'ingress' ? 'destination' : 'source';
}

function nameOf({ namespace, name }: NetworkPolicy): string {
  return `NetworkPolicy ${namespace}/${name}`;
}

function isPod(end: FlowEnd): end is PodEnd {
  return 'namespace' in end;
}

/** Whether a policy isolates an end. */
function selects(policy: NetworkPolicy, end: FlowEnd): boolean {
  return isPod(end) && !end.hostNetwork && policy.namespace === end.namespace && matchesLabels(policy.pods, end.labels);
}

function lets({ peers, ports }: PolicyRule, namespace: string, other: FlowEnd, flow: Flow): boolean {
  return (
    (peers === null || peers.some((peer) => isPeer(peer, namespace, other))) &&
    (ports === null || ports.some((port) => opens(port, flow)))
  );
}

function isPeer(peer: Peer, namespace: string, end: FlowEnd): boolean {
  if ('cidr' in peer) {
    const addresses = isPod(end) ? end.addresses : [end.address];
    return addresses.some(
      (address) => isWithin(address, peer.cidr) && !peer.except.some((part) => isWithin(address, part)),
    );
  }
  if (!isPod(end) || end.hostNetwork) return false;
  const { namespaces, pods } = peer;
  // A peer with neither selector does not pass the server's validation, and matches nothing.
  if (namespaces === undefined && pods === undefined) return false;
  const inside =
    namespaces === undefined ? end.namespace === namespace : matchesLabels(namespaces, end.namespaceLabels);
  return inside && (pods === undefined || matchesLabels(pods, end.labels));
}

function opens({ port, endPort, protocol }: PolicyPort, flow: Flow): boolean {
  if (protocol !== flow.protocol) return false;
  if (port === null) return true;
  if (typeof port === 'number') return flow.port >= port && flow.port <= (endPort ?? port);
  // A name is that of a port of the pod which is reached, in either direction.
  const { to } = flow;
  return isPod(to) && to.ports.some((one) => one.name === port && one.port === flow.port && one.protocol === protocol);
}
