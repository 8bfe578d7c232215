import type { Change } from '../../domain/change.ts';
import { durationMs } from '../../domain/duration.ts';
import type { Applied, EngineContext, StepEngine } from '../../domain/engine.ts';
import type { Finding } from '../../domain/evidence.ts';
import type { VeleroDrillSpec } from '../../domain/kinds/velero-drill.ts';
import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import { BACKUP, BACKUP_OF, DRILL_VERDICT, SELECTION } from '../backup/objects.ts';
import { selectionDigest } from '../backup/template.ts';
import { requireVelero } from '../installed.ts';
import { PROVEN_AT, RESTORE_SECONDS } from './names.ts';
import { databasesOf, PROVEN_DATABASES, provenDatabases, provesDatabases } from './proven-databases.ts';
import { runDrill, type DrillTools } from './run.ts';
import { drillFindings, faultsOf, subjectOf } from './verdict.ts';

/**
 * The engine of `velero.drill`. A backup that the restore refutes is no failure of `apply`: the evidence says so, and
 * `verify` does not hold. Fails with `BackupFailed`, `LocationUnavailable`, `NotReadyInTime`, `NotFound` for a namespace
 * that does not exist, `TargetBusy` for a scratch namespace of somebody else, `UnknownKind` where Velero is not
 * installed, and with what the API server or the bucket refuses.
 */
export function veleroDrillEngine(tools: DrillTools): StepEngine<VeleroDrillSpec> {
  async function drilled(spec: VeleroDrillSpec, signal: AbortSignal): Promise<readonly KubernetesObject[]> {
    const labelSelector = `${BACKUP_OF}=${spec.name},${SELECTION}=${selectionDigest(spec)}`;
    const backups = await requireVelero(() =>
      tools.api.list(BACKUP, { namespace: spec.namespace, labelSelector, signal }),
    );
    return backups.filter(({ metadata }) => metadata.annotations?.[DRILL_VERDICT] !== undefined);
  }

  async function isProven(spec: VeleroDrillSpec, signal: AbortSignal): Promise<boolean> {
    return newestProof(await drilled(spec, signal), spec) !== null;
  }

  async function plan(spec: VeleroDrillSpec, { signal }: EngineContext): Promise<readonly Change[]> {
    const what = subjectOf(spec);
    if (await isProven(spec, signal)) return [{ action: 'unchanged', what, destructive: false }];
    const databases = databasesOf(spec).map((name) => `dump database ${name}, restore into one of its own, compare`);
    const detail = [
      `back up ${spec.includedNamespaces.join(', ')}, restore into namespaces of its own, compare, clean up`,
      ...databases,
    ];
    return [{ action: 'create', what, destructive: false, detail }];
  }

  async function apply(spec: VeleroDrillSpec, context: EngineContext): Promise<Applied> {
    const what = subjectOf(spec);
    if (await isProven(spec, context.signal))
      return { changes: [{ action: 'unchanged', what, destructive: false }], findings: await verify(spec, context) };
    const outcome = await runDrill(tools, spec, context);
    const proven = faultsOf(outcome).length === 0;
    const annotations = {
      [DRILL_VERDICT]: proven ? 'proven' : 'failed',
      [PROVEN_AT]: proven ? new Date().toISOString() : null,
      [PROVEN_DATABASES]: proven ? databasesOf(spec).join(',') : null,
      [RESTORE_SECONDS]: String(outcome.restoreMs / 1_000),
    };
    const ref = { ...BACKUP, namespace: spec.namespace, name: outcome.backup };
    await tools.api.merge(ref, { metadata: { annotations } }, { signal: context.signal });
    const detail = [`${proven ? 'proven' : 'refuted'}: Backup ${spec.namespace}/${outcome.backup}`];
    return {
      changes: [{ action: 'create', what, destructive: false, detail }],
      findings: drillFindings(spec, outcome),
    };
  }

  async function verify(spec: VeleroDrillSpec, { signal }: EngineContext): Promise<readonly Finding[]> {
    const backups = await drilled(spec, signal);
    const newest = newestProof(backups, spec);
    const refuted = backups.filter(({ metadata }) => metadata.annotations?.[DRILL_VERDICT] === 'failed');
    return [
      {
        subject: subjectOf(spec),
        claim: `a backup was proven by a restore within ${spec.maxAge}`,
        holds: newest !== null,
        how: 'real',
        source: `/apis/velero.io/v1/namespaces/${spec.namespace}/backups, annotation ${DRILL_VERDICT}`,
        time: new Date().toISOString(),
        observed: {
          newest: newest?.metadata.name ?? null,
          databases: provenDatabases(newest),
          provenAt: newest?.metadata.annotations?.[PROVEN_AT] ?? null,
          restoreSeconds: Number(newest?.metadata.annotations?.[RESTORE_SECONDS] ?? Number.NaN) || null,
          refuted: refuted.map(({ metadata }) => metadata.name),
        },
      },
    ];
  }

  return { plan, apply, verify, undo };
}

/** The backup that was proven last, if that was within the step's time. */
function newestProof(
  backups: readonly KubernetesObject[],
  spec: VeleroDrillSpec,
  now: number = Date.now(),
): KubernetesObject | null {
  const proofs = backups
    .map((backup) => ({ backup, at: Date.parse(backup.metadata.annotations?.[PROVEN_AT] ?? '') }))
    .filter(
      ({ backup, at }) =>
        backup.metadata.annotations?.[DRILL_VERDICT] === 'proven' &&
        now - at <= durationMs(spec.maxAge) &&
        provesDatabases(backup, spec),
    )
    .sort((a, b) => b.at - a.at);
  return proofs[0]?.backup ?? null;
}

function undo(spec: VeleroDrillSpec): string {
  return `There is nothing to undo: a drill cleans up after itself. Its backup stays for ${spec.ttl}.`;
}
