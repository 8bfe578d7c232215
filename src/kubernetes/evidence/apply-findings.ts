import type { Finding, FindingOf } from '../../domain/evidence.ts';
import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import type { KubernetesClient } from '../client/client.ts';
import { objectPath } from '../client/kinds.ts';
import { shortMessage } from '../client/message.ts';
import { readNumber } from '../../domain/json-fields.ts';
import { refOf } from '../identity.ts';
import type { Declared } from '../declare.ts';
import { finishedLine } from '../plan/planned.ts';
import { isWorkload } from '../status/judge.ts';
import type { OwnRules } from '../status/own-rules.ts';
import type { Status } from '../status/status.ts';
import { Simulation } from './simulation.ts';

/** What there is of a declared object now; null when it is not there. */
export interface Seen {
  readonly declared: Declared;
  readonly object: KubernetesObject | null;
  /** Whether it is as declared. */
  readonly same: boolean;
  /** When a Job that is gone, or going, by its own time to live was seen complete. */
  readonly finished?: string | undefined;
}

const NAMED = 20;

/**
 * The evidence of a set: that every object is as declared, and how ready each workload is, and whatever else the rollout
 * has a rule of its own for.
 *
 * @param rules null when readiness is not claimed.
 * @throws WindlassFailure as `KubernetesApi.list` does, but for `AccessDenied`: what may not be read is taken as real.
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
    kind: 'set-as-declared',
    about: { objects: of, only: of === 1 ? (seen[0]?.declared.ref ?? null) : null },
    holds: differing.length === 0,
    how: 'real',
    source: `API server ${client.address}`,
    observed: {
      objects: of,
      same: of - differing.length,
      ...(differing.length > 0 ? { differing: differing.slice(0, NAMED) } : {}),
    },
    time,
  };
}

function readiness(
  { declared, object, finished }: Seen,
  rules: OwnRules,
  simulation: Simulation,
  time: string,
): Finding {
  const source = objectPath(declared.kind, declared.ref.namespace, declared.ref.name);
  const common = { kind: 'workload-ready', source, time } as const;
  if (finished !== undefined)
    return {
      ...common,
      about: { object: declared.ref },
      holds: true,
      how: 'real',
      observed: { state: 'ready', reason: finishedLine(finished) },
    };
  if (object === null)
    return {
      ...common,
      about: { object: declared.ref },
      holds: false,
      how: 'real',
      observed: { state: 'absent', reason: 'it is not there' },
    };
  const status = rules.judge(object);
  return {
    ...common,
    about: { object: refOf(object) },
    holds: status.state === 'ready',
    how: simulation.how(object),
    observed: observedOf(object, status),
  };
}

const COUNTS = [
  'replicas',
  'readyReplicas',
  'availableReplicas',
  'updatedReplicas',
  'numberAvailable',
  'succeeded',
] as const;

function observedOf(object: KubernetesObject, { state, reason }: Status): FindingOf<'workload-ready'>['observed'] {
  const counts = COUNTS.map((field) => [field, readNumber(object, ['status', field], -1)] as const);
  return {
    state,
    reason: shortMessage(reason),
    ...Object.fromEntries(counts.filter(([, count]) => count >= 0)),
    generation: object.metadata.generation ?? null,
    resourceVersion: object.metadata.resourceVersion ?? null,
  };
}
