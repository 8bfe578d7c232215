import type { Change } from '../../domain/change.ts';
import { durationMs } from '../../domain/duration.ts';
import type { Applied, EngineContext, StepEngine } from '../../domain/step-engine.ts';
import type { Finding } from '../../domain/evidence.ts';
import { WindlassFailure } from '../../domain/failure.ts';
import type { KubernetesScaleSpec } from '../../domain/kinds/kubernetes-scale.ts';
import { absent } from '../absent.ts';
import type { KubernetesClient } from '../client/client.ts';
import { Simulation } from '../evidence/simulation.ts';
import { readNumber, readObject } from '../../domain/json-fields.ts';
import { authorsOf } from '../../domain/managed-fields.ts';
import { keyOf, refOf } from '../identity.ts';
import { FenceGuard } from '../inventory/fence-guard.ts';
import { assertMay } from '../preflight/rights.ts';
import { judge } from '../status/judge.ts';
import type { VerbOptions } from '../verb-options.ts';
import { waitUntilReady } from '../wait/wait.ts';
import { lookAt, losesVolumes, type Scaling } from './live-to-scale.ts';

/** How often a write is tried on an object that changes all the time. */
const TRIES = 10;

/**
 * The engine of `kubernetes.scale`. It writes the subresource `scale`, so that no other field of a workload can change.
 * What is declared of a workload elsewhere stays declared.
 */
export function kubernetesScaleEngine(
  client: KubernetesClient,
  { inventory, graces }: VerbOptions = {},
): StepEngine<KubernetesScaleSpec> {
  return {
    plan: async (spec, { signal, authors }) =>
      (await lookAt(spec, client, signal)).map((item) => changeOf(item, item.before, authors)),

    apply: async (spec, context): Promise<Applied> => {
      const scalings = await lookAt(spec, client, context.signal);
      // A retry finds what an earlier attempt has set: what was there before is known from that one.
      const earlier = readObject(context.resume, 'before');
      const before = Object.fromEntries(
        scalings.map((item) => [item.label, readNumber(earlier, [item.label], item.before)]),
      );
      const progress = (more: object = {}): void => {
        context.progress({ before, ...more });
      };
      progress();
      const changed = scalings.filter((item) => item.before !== item.after).map(({ ref }) => ref);
      await assertMay([{ verbs: ['patch'], objects: changed, subresource: 'scale' }], client, context.signal);
      const guard = new FenceGuard(client, context, inventory?.namespace);
      for (const item of scalings) await setReplicas(item, guard, context.signal);
      if (spec.wait) await waitForAll(scalings, spec, context, progress);
      return {
        changes: scalings.map((item) => changeOf(item, before[item.label] ?? item.before)),
        findings: await findings(scalings, before, spec, context.signal),
      };
    },

    verify: async (spec, { signal }) => {
      // Others come and go after the step: what fits by now is observed, and is no reason to call the step broken.
      const scalings = (await lookAt(spec, client, signal)).map((item, index) =>
        spec.workloads[index]?.toCapacity ? { ...item, after: item.before } : item,
      );
      return findings(scalings, {}, spec, signal);
    },

    undo: () =>
      'By another kubernetes.scale to the numbers from before, which the plan and the evidence tell. Pods that went do ' +
      'not come back as the same pods, nor do volumes that went with them.',
  };

  /** Somebody who writes the status must not keep us from it; somebody who has set other replicas since we looked must. */
  async function setReplicas(item: Scaling, guard: FenceGuard, signal: AbortSignal): Promise<void> {
    const { ref, label, before, after } = item;
    if (before === after) return;
    for (let { resourceVersion } = item, tries = 1; ; tries += 1) {
      await guard.hold(label);
      try {
        await client.merge(ref, { spec: { replicas: after } }, { subresource: 'scale', resourceVersion, signal });
        return;
      } catch (error) {
        if (!(error instanceof WindlassFailure) || error.type !== 'TargetBusy' || tries >= TRIES) throw error;
        const scale = await client.get(ref, { subresource: 'scale', signal });
        if (readNumber(scale ?? undefined, ['spec', 'replicas'], 0) !== before) throw error;
        resourceVersion = scale?.metadata.resourceVersion;
      }
    }
  }

  async function waitForAll(
    scalings: readonly Scaling[],
    spec: KubernetesScaleSpec,
    { signal }: EngineContext,
    progress: (more: object) => void,
  ): Promise<void> {
    const withinMs = durationMs(spec.readyWithin);
    await waitUntilReady(await reread(scalings, signal), client, {
      withinMs,
      signal,
      progress,
      ...(graces ? { graces } : {}),
    });
  }

  async function reread(scalings: readonly Scaling[], signal: AbortSignal) {
    const objects = await Promise.all(scalings.map(({ ref }) => client.get(ref, { signal })));
    const gone = scalings.filter((_, index) => objects[index] === null);
    if (gone.length > 0) throw absent(gone.map(({ ref }) => ref));
    return objects.filter((object) => object !== null);
  }

  async function findings(
    scalings: readonly Scaling[],
    before: Readonly<Record<string, number>>,
    spec: KubernetesScaleSpec,
    signal: AbortSignal,
  ): Promise<readonly Finding[]> {
    const time = new Date().toISOString();
    const latest = await reread(scalings, signal);
    const byKey = new Map(latest.map((object) => [keyOf(refOf(object)), object]));
    const simulation = await Simulation.read(latest, client, signal);
    return scalings.flatMap((item): readonly Finding[] => {
      const object = byKey.get(keyOf(item.ref));
      if (!object) return [];
      const now = readNumber(object, ['spec', 'replicas'], item.after);
      const status = judge(object);
      const was = before[item.label];
      const ready = spec.wait ? status.state === 'ready' : null;
      return [
        {
          kind: 'workload-scaled',
          about: { object: item.ref },
          holds: now === item.after && ready !== false,
          how: simulation.how(object),
          source: `${item.ref.kind} ${item.ref.namespace ?? ''}/${item.ref.name}, subresource scale`,
          observed: {
            ...(was === undefined ? {} : { before: was }),
            after: now,
            ready,
            reason: status.reason,
            ...(Object.keys(item.observed).length === 0 ? {} : { capacity: item.observed }),
          },
          time,
        },
      ];
    });
  }
}

/**
 * @param before how many replicas there were before the step did anything.
 * @param authors whether who has set the replicas is told too.
 */
function changeOf(item: Scaling, before: number, authors = false): Change {
  const { label, after, lines } = item;
  if (before === after) return { action: 'unchanged', what: label, destructive: false };
  const loses = losesVolumes({ ...item, before });
  const replicas = { field: 'replicas', before: String(before), after: String(after) };
  return {
    action: 'update',
    what: label,
    destructive: after === 0 || loses,
    ...(authors ? { fields: [{ ...replicas, by: authorsOf(item.workload, ['spec', 'replicas']) }] } : {}),
    detail: [
      ...(authors ? [] : [`${replicas.field}: ${replicas.before} -> ${replicas.after}`]),
      ...(after === 0 ? ['nothing of it runs afterwards'] : []),
      ...(loses ? ['the claims of the replicas that go are deleted (persistentVolumeClaimRetentionPolicy)'] : []),
      ...lines,
    ],
  };
}
