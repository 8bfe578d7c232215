import type { Lack } from '../../domain/preflight.ts';
import type { EngineContext } from '../../domain/step-engine.ts';
import type { Step } from '../../domain/step.ts';
import { lookAtBucket } from '../../objectstore/preflight.ts';
import { lacksToDump, lacksToMigrate, lacksToProvision, whoIs } from '../../postgres/preflight.ts';
import { ClusterSecrets } from '../cluster-secrets.ts';
import type { Connections } from '../connections.ts';
import type { Answered } from './cluster.ts';
import type { IncludedStep } from './included.ts';

/**
 * Asks a PostgreSQL whether its user may do what the steps of a rollout do there.
 *
 * @throws WindlassFailure `TargetUnreachable` and others of a session; `ReferenceUnresolved`.
 */
export async function askPostgres(
  target: string,
  steps: readonly IncludedStep[],
  connections: Connections,
  env: NodeJS.ProcessEnv,
  context: EngineContext,
): Promise<Answered> {
  const connection = await connections.postgres(target);
  const { user, version } = await whoIs(connection, context);
  const secrets = new ClusterSecrets(connections);
  const lacks: Lack[] = [];
  let asked = 1;
  const note = (path: string, found: readonly string[]): void => {
    asked += 1;
    const next = `Grant it to ${user}, or let the target connect as another user.`;
    for (const what of found) lacks.push({ what, steps: [path], next, needed: true });
  };
  try {
    for (const { path, step } of steps) {
      if (step.kind === 'postgres.provision' && step.target === target)
        note(path, await lacksToProvision({ connection, secrets: secrets.read }, step.with, context));
      if (step.kind === 'postgres.migrate' && step.target === target)
        note(path, await lacksToMigrate(connection, step.with, context));
      if (step.kind === 'velero.drill')
        for (const { target: at, database } of step.with.databases)
          if (at === target) note(path, await lacksToDump(connection, database, env, context));
    }
  } finally {
    await secrets.close();
  }
  return { user, server: `PostgreSQL ${version}`, asked, lacks };
}

/**
 * Asks an object store for the buckets that a rollout uses there.
 *
 * @throws WindlassFailure `TargetUnreachable` and others of the store; `ReferenceUnresolved`.
 */
export async function askStore(
  target: string,
  steps: readonly IncludedStep[],
  connections: Connections,
  signal: AbortSignal,
): Promise<Answered> {
  const connection = await connections.s3(target);
  const uses = steps.flatMap(({ path, step }) => bucketsOf(step, target).map((bucket) => ({ path, ...bucket })));
  const made = new Set(uses.filter(({ makes }) => makes).map(({ bucket }) => bucket));
  let server: string | null = null;
  const lacks: Lack[] = [];
  for (const [bucket, same] of Map.groupBy(uses, (use) => use.bucket)) {
    const look = await lookAtBucket(connection, bucket, signal);
    server ??= look.server;
    const paths = same.map(({ path }) => path);
    const next = 'Give the keys of the target this right, or other keys.';
    for (const what of look.refused) lacks.push({ what, steps: paths, next, needed: true });
    if (look.exists || look.refused.length > 0 || made.has(bucket)) continue;
    const mend = 'Make it with a step objectstore.bucket before them, or by hand.';
    lacks.push({ what: `bucket ${bucket}, which is not there`, steps: paths, next: mend, needed: true });
  }
  return { user: null, server, asked: uses.length, lacks };
}

function bucketsOf(step: Step, target: string): readonly { readonly bucket: string; readonly makes: boolean }[] {
  if (step.kind === 'objectstore.bucket' && step.target === target) return [{ bucket: step.with.bucket, makes: true }];
  if (step.kind === 'velero.location' && step.with.objectStore === target)
    return [{ bucket: step.with.bucket, makes: false }];
  if (step.kind === 'velero.drill')
    return (step.with.buckets ?? [])
      .filter((one) => one.target === target)
      .map(({ bucket }) => ({ bucket, makes: false }));
  return [];
}
