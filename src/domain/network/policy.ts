import { isObject, read, readList, readNumber, readText, readTexts } from '../json-fields.ts';
import type { Json } from '../json.ts';
import type { KubernetesObject } from '../kubernetes-api.ts';

export type Protocol = 'TCP' | 'UDP' | 'SCTP';
type Direction = 'ingress' | 'egress';

/** Whom a rule lets through: an address range, or pods of namespaces. */
export type Peer =
  | { readonly cidr: string; readonly except: readonly string[] }
  | {
      /** Undefined: pods of the policy's own namespace. */
      readonly namespaces: Json | undefined;
      /** Undefined: every pod. */
      readonly pods: Json | undefined;
    };

/** Which ports a rule opens: one by number or by the name that the receiving pod gives it, or a range. */
export interface PolicyPort {
  readonly protocol: Protocol;
  /** Null for every port. */
  readonly port: number | string | null;
  readonly endPort: number | null;
}

/** What a rule lets through; null for every peer and every port. */
export interface PolicyRule {
  readonly peers: readonly Peer[] | null;
  readonly ports: readonly PolicyPort[] | null;
}

/** A NetworkPolicy (networking.k8s.io/v1), read as the API server would store it. */
export interface NetworkPolicy {
  readonly namespace: string;
  readonly name: string;
  /** A label selector over the pods of its namespace. */
  readonly pods: Json;
  /** The rules of each direction in which it isolates the pods that it selects; absent where it does not. */
  readonly rules: Readonly<Partial<Record<Direction, readonly PolicyRule[]>>>;
}

/** Reads a NetworkPolicy. @param namespace where it lies when it names none itself. */
export function readPolicy(object: KubernetesObject, namespace = 'default'): NetworkPolicy {
  const spec = read(object, 'spec');
  const types = readTexts(spec, 'policyTypes');
  // The server's own default: Ingress always, Egress where there are rules for it.
  const isolates = (direction: Direction, type: string): boolean =>
    types.length > 0 ? types.includes(type) : direction === 'ingress' || readList(spec, 'egress').length > 0;
  return {
    namespace: object.metadata.namespace ?? namespace,
    name: object.metadata.name,
    pods: read(spec, 'podSelector') ?? {},
    rules: {
      ...(isolates('ingress', 'Ingress')
        ? { ingress: readList(spec, 'ingress').map((rule) => ruleOf(rule, 'from')) }
        : {}),
      ...(isolates('egress', 'Egress') ? { egress: readList(spec, 'egress').map((rule) => ruleOf(rule, 'to')) } : {}),
    },
  };
}

function ruleOf(rule: Json, side: 'from' | 'to'): PolicyRule {
  const [peers, ports] = [readList(rule, side), readList(rule, 'ports')];
  // An empty list is the same as none: everybody, and everything.
  return {
    peers: peers.length === 0 ? null : peers.map(peerOf),
    ports: ports.length === 0 ? null : ports.map(portOf),
  };
}

function peerOf(peer: Json): Peer {
  const block = read(peer, 'ipBlock');
  if (isObject(block)) return { cidr: readText(block, 'cidr') ?? '', except: readTexts(block, 'except') };
  const [namespaces, pods] = [read(peer, 'namespaceSelector'), read(peer, 'podSelector')];
  return { namespaces: isObject(namespaces) ? namespaces : undefined, pods: isObject(pods) ? pods : undefined };
}

function portOf(port: Json): PolicyPort {
  const [given, protocol] = [read(port, 'port'), readText(port, 'protocol')];
  return {
    protocol: protocol === 'UDP' || protocol === 'SCTP' ? protocol : 'TCP',
    port: typeof given === 'number' || typeof given === 'string' ? given : null,
    endPort: readNumber(port, ['endPort'], null),
  };
}
