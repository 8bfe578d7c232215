import { judge } from '../audit/audit-engine.ts';
import type { NamedResult } from '../audit/sarif.ts';
import type { Bundle } from '../domain/bundle.ts';
import { stepPath } from '../domain/names.ts';
import { shapeOf } from '../domain/shape.ts';
import type { EngineContext } from '../domain/step-engine.ts';
import { auditFacts } from './audit-facts.ts';
import { Connections } from './connections.ts';
import type { Reach } from './reach.ts';

/**
 * Carries the audits of a bundle out now, apart from any rollout; touches nothing.
 *
 * @throws WindlassFailure as `KubernetesApi.list`, `withSession` and `BucketHandle.ask` do; `signal.reason` once it aborts.
 */
export async function* auditsOf(
  bundle: Bundle,
  reach: Reach,
  { signal, owner }: Pick<EngineContext, 'signal' | 'owner'>,
): AsyncGenerator<NamedResult & { readonly source: string }> {
  const connections = new Connections(bundle, reach);
  for (const { phase, step } of included(bundle)) {
    if (step.kind !== 'audit') continue;
    const api = await connections.cluster(step.target);
    try {
      const collect = auditFacts(api, connections);
      const { facts, source } = await collect(step.with, { signal, owner, resolve: reach.resolve });
      yield { step: stepPath(phase, step.name), source, result: judge(step.with, facts, Date.now()) };
    } finally {
      await api.close();
    }
  }
}

function included(bundle: Bundle) {
  const shapes = shapeOf(bundle).phases;
  return bundle.phases.flatMap(({ name, steps }, at) =>
    steps.filter((_, index) => shapes[at]?.steps[index]?.included === true).map((step) => ({ phase: name, step })),
  );
}
