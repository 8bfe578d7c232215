import type { Bundle } from '../../domain/bundle.ts';
import { WindlassFailure } from '../../domain/failure.ts';
import { readNumber, readText } from '../../domain/json-fields.ts';
import type { StepKindTable } from '../../domain/kinds/descriptor.ts';
import type { Lack } from '../../domain/preflight.ts';
import type { KubernetesClient } from '../../kubernetes/client/client.ts';
import { includedSteps } from './included.ts';

/** A namespace of Velero's, the locations that steps use there, and which of them the rollout makes. */
interface Use {
  readonly steps: string[];
  readonly locations: Set<string>;
}

/**
 * What of Velero a rollout needs and a cluster lacks: a server that runs, and storage locations that are there and Available, but
 * for those that the rollout makes. What may not be read is left to the rights.
 *
 * @throws WindlassFailure when the cluster cannot be asked.
 */
export async function veleroLacks(
  target: string,
  bundle: Bundle,
  kinds: StepKindTable,
  client: KubernetesClient,
  signal: AbortSignal,
): Promise<readonly Lack[]> {
  const { uses, made } = usesOn(target, bundle, kinds);
  const lacks = await Promise.all(
    [...uses].map(async ([namespace, { steps, locations }]) => [
      ...(await serverLacks(namespace, steps, client, signal)),
      ...(
        await Promise.all(
          [...locations]
            .filter((name) => !made.has(`${namespace}/${name}`))
            .map((name) => locationLacks(namespace, name, steps, client, signal)),
        )
      ).flat(),
    ]),
  );
  return lacks.flat();
}

function usesOn(target: string, bundle: Bundle, kinds: StepKindTable) {
  const uses = new Map<string, Use>();
  const made = new Set<string>();
  for (const { path, step } of includedSteps(bundle, kinds)) {
    if (!step.kind.startsWith('velero.') || !('target' in step) || step.target !== target) continue;
    const { namespace, storageLocation } = step.with as { namespace: string; storageLocation?: string };
    const use = uses.get(namespace) ?? { steps: [], locations: new Set<string>() };
    use.steps.push(path);
    if (storageLocation !== undefined) use.locations.add(storageLocation);
    if (step.kind === 'velero.location') made.add(`${namespace}/${step.with.name}`);
    uses.set(namespace, use);
  }
  return { uses, made };
}

async function serverLacks(
  namespace: string,
  steps: readonly string[],
  client: KubernetesClient,
  signal: AbortSignal,
): Promise<readonly Lack[]> {
  const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'velero' };
  const found = await unlessRefused(client.get(ref, { signal }));
  if (found === undefined || (found !== null && readNumber(found, ['status', 'readyReplicas'], 0) > 0)) return [];
  const what = found === null ? 'is not there' : 'has no pod that is ready';
  return [
    {
      what: `Velero: Deployment ${namespace}/velero ${what}`,
      steps,
      next: 'Install Velero with its AWS plugin there, or mend it.',
      // A Velero may run under another name, or outside of the cluster.
      needed: false,
    },
  ];
}

async function locationLacks(
  namespace: string,
  name: string,
  steps: readonly string[],
  client: KubernetesClient,
  signal: AbortSignal,
): Promise<readonly Lack[]> {
  const ref = { apiVersion: 'velero.io/v1', kind: 'BackupStorageLocation', namespace, name };
  const found = await unlessRefused(client.get(ref, { signal }));
  const phase = readText(found ?? undefined, 'status', 'phase') ?? 'not looked at yet';
  if (found === undefined || phase === 'Available') return [];
  return [
    {
      what: `BackupStorageLocation ${namespace}/${name}, which is ${found === null ? 'not there' : phase}`,
      steps,
      next: 'Make it with a step velero.location before them, or by hand.',
      needed: true,
    },
  ];
}

/** Undefined where it may not be read, or its kind is not served: both are told by others. */
async function unlessRefused<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof WindlassFailure && ['AccessDenied', 'UnknownKind'].includes(error.type)) return undefined;
    throw error;
  }
}
