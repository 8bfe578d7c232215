import type { Applied, EngineContext, StepEngine } from '../../domain/step-engine.ts';
import type { Finding } from '../../domain/evidence.ts';
import type { KubernetesSecretSpec } from '../../domain/kinds/kubernetes-secret.ts';
import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import { refuseImpossible } from '../apply/refuse.ts';
import type { KubernetesClient } from '../client/client.ts';
import { readObject } from '../../domain/json-fields.ts';
import { FenceGuard } from '../inventory/fence-guard.ts';
import { assertMay, type Doing } from '../preflight/rights.ts';
import type { VerbOptions } from '../verb-options.ts';
import { changeOfSecret, lookAt, type Looked } from './live-secret.ts';

/**
 * The engine of `kubernetes.secret`. Values go from their references, or from a generator, to the API server and nowhere
 * else. Value and token of a rotation are one write: an attempt that was killed right after it finds both.
 */
export function kubernetesSecretEngine(
  client: KubernetesClient,
  { inventory }: VerbOptions = {},
): StepEngine<KubernetesSecretSpec> {
  return {
    plan: async (spec, context) => [changeOfSecret(await lookAt(spec, context, client), context.authors)],

    apply: async (spec, context): Promise<Applied> => {
      const looked = await lookAt(spec, context, client);
      refuseImpossible([looked.planned], looked.force);
      await assertMay(doingsOf(looked), client, context.signal);
      const change = changeOfSecret(looked);
      const stored = await write(looked, context);
      return { changes: [change], findings: [findingOf(looked, stored, true)] };
    },

    verify: async (spec, context) => {
      const looked = await lookAt(spec, context, client);
      return [findingOf(looked, looked.planned.live, looked.planned.action === 'unchanged')];
    },

    undo: () =>
      'Not by itself: values that it replaced or rotated are kept nowhere and cannot be brought back. A Secret that it ' +
      'made can be deleted by hand, and its generated values are lost with it.',
  };

  async function write(
    { planned: { action, declared, live }, force }: Looked,
    context: EngineContext,
  ): Promise<KubernetesObject | null> {
    if (action === 'unchanged') return live;
    await new FenceGuard(client, context, inventory?.namespace).hold(declared.label);
    const { object } = declared;
    const { resourceVersion } = live?.metadata ?? {};
    // What is kept was read from this version: a value that somebody changed in between is not put back.
    const metadata = { ...object.metadata, ...(resourceVersion === undefined ? {} : { resourceVersion }) };
    return client.apply({ ...object, metadata }, { force, signal: context.signal });
  }
}

function doingsOf({ planned: { action, declared } }: Looked): readonly Doing[] {
  if (action === 'unchanged') return [];
  return [{ verbs: action === 'create' ? ['create', 'patch'] : ['patch'], objects: [declared.ref] }];
}

function findingOf({ planned: { declared }, work }: Looked, stored: KubernetesObject | null, holds: boolean): Finding {
  const keys = work.map(({ key }) => key).sort();
  return {
    kind: 'secret-holds',
    about: { object: declared.ref, keys },
    holds: holds && stored !== null,
    how: 'real',
    source: `/api/v1/namespaces/${declared.ref.namespace ?? ''}/secrets/${declared.ref.name}`,
    observed: { keys: Object.keys(readObject(stored ?? undefined, 'data')).sort(), declared: keys },
    time: new Date().toISOString(),
  };
}
