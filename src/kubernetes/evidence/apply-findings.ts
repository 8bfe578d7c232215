import type { Finding } from '../../domain/evidence.ts';
import type { Json } from '../../domain/json.ts';
import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import type { KubernetesClient } from '../client/client.ts';
import { objectPath } from '../client/kinds.ts';
import { shortMessage } from '../client/message.ts';
import { readNumber } from '../fields.ts';
import { labelOf, refOf } from '../identity.ts';
import type { Declared } from '../manifests/declare.ts';
import { isWorkload } from '../status/judge.ts';
import type { OwnRules } from '../status/own-rules.ts';
import { Simulation } from './simulation.ts';

/** What there is of a declared object now; null when it is not there. */
export interface Seen {
  readonly declared: Declared;
  readonly object: KubernetesObject | null;
  /** Whether it is as declared. */
  readonly same: boolean;
}

const NAMED = 20;

/**
 * The evidence of a set: that every object is as declared, and how ready each workload is, and whatever else the rollout
 * has a rule of its own for.
 *
 * @param rules null when readiness is not claimed.
 */
export async function findingsOf(
  seen: readonly Seen[],
  client: KubernetesClient,
  rules: OwnRules | null,
  signal: AbortSignal,
): Promise<Finding[]> {
  const time = new Date().toISOString();
  const objects = asDeclared(seen, client, time);
  if (rules === null) return [objects];
  const workloads = seen.filter(({ declared }) => isWorkload(declared.ref) || rules.has(declared.object));
  const simulation = await Simulation.read(
    workloads.flatMap(({ object }) => object ?? []),
    client,
    signal,
  );
  return [objects, ...workloads.map((workload) => readiness(workload, rules, simulation, time))];
}

function asDeclared(seen: readonly Seen[], client: KubernetesClient, time: string): Finding {
  const differing = seen.filter(({ same }) => !same).map(({ declared }) => declared.label);
  const of = seen.length;
  return {
    subject: of === 1 ? (seen[0]?.declared.label ?? '') : `${String(of)} objects`,
    claim:
      differing.length === 0
        ? 'as declared, every field ours'
        : `${String(of - differing.length)} of ${String(of)} as declared`,
    holds: differing.length === 0,
    how: 'real',
    source: `API server ${client.address}`,
    observed: {
      objects: of,
      ...(differing.length > 0 ? { differing: differing.slice(0, NAMED) } : {}),
    },
    time,
  };
}

function readiness({ declared, object }: Seen, rules: OwnRules, simulation: Simulation, time: string): Finding {
  const source = objectPath(declared.kind, declared.ref.namespace, declared.ref.name);
  if (object === null) return { subject: declared.label, claim: 'exists', holds: false, how: 'real', source, time };
  const status = rules.judge(object);
  const reason = shortMessage(status.reason);
  return {
    subject: labelOf(refOf(object)),
    claim: status.state === 'ready' ? `ready: ${reason}` : `not ready: ${reason}`,
    holds: status.state === 'ready',
    how: simulation.how(object),
    source,
    observed: observedOf(object, status.state),
    time,
  };
}

const COUNTS = ['replicas', 'readyReplicas', 'availableReplicas', 'updatedReplicas', 'numberAvailable', 'succeeded'];

function observedOf(object: KubernetesObject, state: string): Json {
  const counts = COUNTS.map((field) => [field, readNumber(object, ['status', field], -1)] as const);
  return {
    state,
    ...Object.fromEntries(counts.filter(([, count]) => count >= 0)),
    generation: object.metadata.generation ?? null,
    resourceVersion: object.metadata.resourceVersion ?? null,
  };
}
