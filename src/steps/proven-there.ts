import type { Bundle } from '../domain/bundle.ts';
import { stepPath } from '../domain/names.ts';
import { provenNames } from '../velero/drill/proofs.ts';
import { Connections } from './connections.ts';
import type { Reach } from './reach.ts';

/**
 * The names of the backups that are proven on the cluster which a drill of a bundle is for, as the cluster itself has it; none for
 * a drill that the bundle does not have. The record tells environments apart, and no clusters: an environment may have been
 * pointed at another one since, and a backup may have gone.
 *
 * @param drill `PHASE/STEP`.
 * @throws WindlassFailure `ReferenceUnresolved`, `Unauthorised`, `Unreachable` and what else a cluster may answer.
 */
export async function provenThere(bundle: Bundle, drill: string, reach: Reach): Promise<ReadonlySet<string>> {
  const step = bundle.phases
    .flatMap((phase) => phase.steps.map((one) => ({ one, path: stepPath(phase.name, one.name) })))
    .find(({ path }) => path === drill)?.one;
  if (step?.kind !== 'velero.drill') return new Set();
  const api = await new Connections(bundle, reach).cluster(step.target);
  try {
    return await provenNames(api, step.with.namespace);
  } finally {
    await api.close();
  }
}
