import { CLOCK } from '../clock.ts';
import type { EvidenceHow } from '../domain/evidence.ts';
import { compileExpression, compileValue } from '../domain/expression.ts';
import { readObject } from '../domain/json-fields.ts';
import { labelOf, type KubernetesObject } from '../domain/kubernetes-api.ts';
import { demandedComparison } from '../domain/kinds/comparison.ts';
import type { ProbeSpec } from '../domain/kinds/probe.ts';
import { probeEngine, type Sighting } from '../domain/probing.ts';
import { inTime, judged, type Asking, type Reading } from '../domain/reading.ts';
import type { StepEngine } from '../domain/step-engine.ts';
import type { KubernetesClient } from './client/client.ts';
import { Simulation } from './evidence/simulation.ts';
import { isSecretKind } from './identity.ts';
import { isWorkload } from './status/judge.ts';

export type KubernetesProbeSpec = Extract<ProbeSpec, { protocol: 'kubernetes' }>;

/** Which objects are looked at, and which number is made of them; all are counted where nothing is said. */
export interface ObjectsQuestion {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespaces?: readonly string[] | undefined;
  readonly selector: Readonly<Record<string, string>>;
  readonly count?: string | undefined;
  readonly sum?: string | undefined;
}

/** `probe` with protocol `kubernetes`: an expression over one object or over many. */
export function kubernetesProbeEngine(api: KubernetesClient): StepEngine<KubernetesProbeSpec> {
  return probeEngine(
    {
      label: (spec) => kubernetesLabel(api.address, spec),
      expects: (spec) => ({
        protocol: 'kubernetes',
        is: spec.holds === undefined ? demandedComparison(spec) : { holds: spec.holds },
      }),
      ask: (spec, context, ms) => ask(api, spec, { ...context, ms }),
    },
    CLOCK,
  );
}

/** What is asked, without secrets. @param server `host:port`. */
export function kubernetesLabel(
  server: string,
  spec: ObjectsQuestion & Pick<KubernetesProbeSpec, 'name' | 'namespace'>,
): string {
  const { kind, name, namespace, namespaces, selector, count, sum } = spec;
  if (name !== undefined)
    return `${labelOf({ kind, name, ...(namespace === undefined ? {} : { namespace }) })} at ${server}`;
  const made = sum === undefined ? (count === undefined ? '' : `count of ${count} over `) : `sum of ${sum} over `;
  const labels = Object.keys(selector).length === 0 ? '' : ` with ${selectorText(selector)}`;
  return `${made}${kind} objects of ${namespaces?.join(', ') ?? 'all namespaces'}${labels} at ${server}`;
}

/**
 * A number made of the objects of a kind.
 *
 * @throws `asking.signal.reason` once it aborts.
 */
export function readKubernetes(
  api: KubernetesClient,
  question: ObjectsQuestion,
  asking: Asking & { readonly ms: number },
): Promise<Reading> {
  return inTime(asking, async (signal) => {
    const objects = await objectsOf(api, question, signal);
    const made = numberOf(objects, question);
    return 'unknown' in made ? made : { ...made, how: await howOf(objects, api, signal) };
  });
}

async function ask(
  api: KubernetesClient,
  spec: KubernetesProbeSpec,
  asking: Asking & { readonly ms: number },
): Promise<Sighting> {
  const { holds } = spec;
  if (holds === undefined) return judged(await readKubernetes(api, spec, asking), demandedComparison(spec));
  const reading = await inTime(asking, async (signal) => {
    const self =
      spec.name === undefined ? await objectsOf(api, spec, signal) : await objectOf(api, spec, spec.name, signal);
    if (self === null) return { unknown: 'is not there' };
    const answer = compileExpression(holds).of(self);
    if ('unclear' in answer) return { unknown: `cannot be judged: ${answer.unclear}` };
    return { value: answer.holds, how: await howOf(Array.isArray(self) ? self : [self], api, signal) };
  });
  if ('unknown' in reading) return { met: false, seen: reading.unknown };
  const met = reading.value === true;
  const { how = 'real' } = reading;
  return { met, how, seen: met ? 'fulfils the expression' : 'does not fulfil the expression', observed: met };
}

function numberOf(objects: readonly KubernetesObject[], { count, sum }: ObjectsQuestion): Reading {
  if (count === undefined && sum === undefined) return { value: objects.length };
  const evaluate = compileValue(sum ?? count ?? '', sum === undefined ? 'truth' : 'number');
  let value = 0;
  for (const object of objects) {
    const made = evaluate(object);
    if ('unclear' in made) return { unknown: `cannot be told of ${nameOf(object)}: ${made.unclear}` };
    value += Number(made.value);
  }
  return { value };
}

function nameOf({ kind, metadata: { name, namespace } }: KubernetesObject): string {
  return labelOf({ kind, name, ...(namespace === undefined ? {} : { namespace }) });
}

async function objectsOf(
  api: KubernetesClient,
  { apiVersion, kind, namespaces, selector }: ObjectsQuestion,
  signal: AbortSignal,
): Promise<readonly KubernetesObject[]> {
  const labels = Object.keys(selector).length === 0 ? {} : { labelSelector: selectorText(selector) };
  const lists = await Promise.all(
    (namespaces ?? [undefined]).map((namespace) =>
      api.list({ apiVersion, kind }, { ...labels, ...(namespace === undefined ? {} : { namespace }), signal }),
    ),
  );
  return lists.flat().map(withoutSecrets);
}

async function objectOf(
  api: KubernetesClient,
  { apiVersion, kind, namespace }: KubernetesProbeSpec,
  name: string,
  signal: AbortSignal,
): Promise<KubernetesObject | null> {
  const ref = { apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }) };
  const object = await api.get(ref, { signal });
  return object === null ? null : withoutSecrets(object);
}

/** A Secret with its keys and without its values, which an expression could otherwise tell piece by piece. */
function withoutSecrets(object: KubernetesObject): KubernetesObject {
  if (!isSecretKind(object)) return object;
  const keys = Object.keys(readObject(object, 'data'));
  // An annotation may repeat them, as kubectl's does.
  const { name, namespace = '', labels = {}, creationTimestamp = null } = object.metadata;
  return {
    ...{ apiVersion: object.apiVersion, kind: object.kind, type: object['type'] ?? null },
    metadata: { name, labels, creationTimestamp, ...(namespace === '' ? {} : { namespace }) },
    data: Object.fromEntries(keys.map((key) => [key, ''])),
  };
}

function selectorText(selector: Readonly<Record<string, string>>): string {
  return Object.entries(selector)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
}

/** What workloads on simulated nodes say of themselves is only acted. */
async function howOf(
  objects: readonly KubernetesObject[],
  api: KubernetesClient,
  signal: AbortSignal,
): Promise<EvidenceHow> {
  const workloads = objects.filter((object) => object.kind === 'Pod' || isWorkload(object));
  if (workloads.length === 0) return 'real';
  const simulation = await Simulation.read(workloads, api, signal);
  return workloads.some((workload) => simulation.how(workload) === 'simulated') ? 'simulated' : 'real';
}
