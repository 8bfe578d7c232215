import type { Change } from '../../domain/change.ts';
import { durationMs } from '../../domain/duration.ts';
import type { Applied, EngineContext, StepEngine } from '../../domain/step-engine.ts';
import type { Finding } from '../../domain/evidence.ts';
import { WindlassFailure } from '../../domain/failure.ts';
import type { VeleroDrillSpec } from '../../domain/kinds/velero-drill.ts';
import { newestGood } from '../backup/good.ts';
import { DRILL_STEP, DRILL_VERDICT, PROVEN_AT } from '../backup/objects.ts';
import { requireVelero } from '../installed.ts';
import { dissolve } from './isolation.ts';
import { drillKeys, RESTORE_SECONDS } from './names.ts';
import type { DrillTools } from './open.ts';
import { databasesOf, provenDatabases } from './proven-databases.ts';
import { drilledBackups, lastRefutation, newestProof, noteVerdict, provenAgeMs } from './proofs.ts';
import { drillFresh } from './run.ts';
import { scheduledBackups } from './schedule.ts';
import { drillScheduled } from './scheduled.ts';
import { drillFindings, faultsOf, subjectOf, type DrillOutcome } from './verdict.ts';
import { witnessRecords } from './witness-records.ts';
import { witnessNext } from './witness.ts';

/** How a drill that was carried out ended. */
interface Drilled {
  readonly backup: string;
  readonly proven: boolean;
  /** Everything that speaks against the backup, each in words. */
  readonly faults: readonly string[];
  readonly findings: readonly Finding[];
}

/** The engine of a step, and its drill apart from a rollout. */
export interface VeleroDrillEngine extends StepEngine<VeleroDrillSpec> {
  /** Carries a drill out, whatever was proven before: of a fresh backup, or of the newest of the schedule. */
  drill(spec: VeleroDrillSpec, context: EngineContext): Promise<Drilled>;
  /**
   * Sees the next backup of the schedule being made, and keeps what it must hold. Takes as long as that takes.
   *
   * @throws WindlassFailure `InvalidRollout` for a drill of fresh backups; else as `witnessNext`.
   */
  witness(spec: VeleroDrillSpec, context: EngineContext): Promise<readonly Finding[]>;
}

/**
 * The engine of `velero.drill`. A backup that the restore refutes is no failure of `apply`: the evidence says so, and
 * `verify` does not hold. Fails with `BackupFailed`, `LocationUnavailable`, `NotReadyInTime`, `NotFound` for a namespace,
 * schedule or bucket that does not exist, `ExpectationFailed` for a schedule that makes no backup of what is drilled,
 * `TargetBusy` for a scratch namespace of somebody else, `UnknownKind` where Velero is not installed, and with what the
 * API server or a bucket refuses.
 */
export function veleroDrillEngine(tools: DrillTools): VeleroDrillEngine {
  const { api } = tools;

  async function plan(spec: VeleroDrillSpec, context: EngineContext): Promise<readonly Change[]> {
    const what = subjectOf(spec);
    if (newestProof(await drilledBackups(api, spec, context.signal), spec) !== null)
      return [{ action: 'unchanged', what, destructive: false }];
    const witnessed = await witnessedBackup(spec, context);
    const detail = [
      spec.of === undefined
        ? `back up ${spec.includedNamespaces.join(', ')}`
        : witnessed === null
          ? `plant sentinels and wait up to ${spec.of.witnessWithin} for the next backup of Schedule ${spec.of.schedule}`
          : `take Backup ${witnessed} of Schedule ${spec.of.schedule}, which was witnessed`,
      'restore into namespaces of its own, compare, clean up',
      ...databasesOf(spec).map((name) => `dump database ${name}, restore into one of its own, compare`),
    ];
    return [{ action: 'create', what, destructive: false, detail }];
  }

  async function apply(spec: VeleroDrillSpec, context: EngineContext): Promise<Applied> {
    const what = subjectOf(spec);
    if (newestProof(await drilledBackups(api, spec, context.signal), spec) !== null) {
      // Of an attempt that came to its verdict and could not clean up.
      await dissolve(tools, `${DRILL_STEP}=${drillKeys(context.owner).step}`, spec, context.signal);
      return { changes: [{ action: 'unchanged', what, destructive: false }], findings: await verify(spec, context) };
    }
    const witnessed = await witnessedBackup(spec, context);
    const seen = spec.of === undefined || witnessed !== null ? null : await witnessNext(tools, spec, spec.of, context);
    const name = seen?.backup ?? witnessed;
    const { backup, proven, findings } = await concluded(
      spec,
      spec.of === undefined || name === null
        ? await drillFresh(tools, spec, context)
        : await drillScheduled(tools, spec, spec.of, context, name),
      context,
    );
    const detail = [`${proven ? 'proven' : 'refuted'}: Backup ${spec.namespace}/${backup}`];
    return {
      changes: [{ action: 'create', what, destructive: false, detail }],
      findings: [...findings, ...(seen?.findings ?? [])],
    };
  }

  async function drill(spec: VeleroDrillSpec, context: EngineContext): Promise<Drilled> {
    const outcome = await requireVelero(() =>
      spec.of === undefined ? drillFresh(tools, spec, context) : drillScheduled(tools, spec, spec.of, context),
    );
    return concluded(spec, outcome, context);
  }

  /** Notes the verdict on the backup, and says it. */
  async function concluded(spec: VeleroDrillSpec, outcome: DrillOutcome, { signal }: EngineContext): Promise<Drilled> {
    const faults = faultsOf(outcome);
    await noteVerdict(api, spec, outcome, signal);
    const age = provenAgeMs(await drilledBackups(api, spec, signal));
    return {
      backup: outcome.backup,
      proven: faults.length === 0,
      faults,
      findings: drillFindings(spec, outcome, age),
    };
  }

  /** The newest good backup of the schedule that was witnessed and is young enough, and that no drill refuted. */
  async function witnessedBackup(spec: VeleroDrillSpec, context: EngineContext): Promise<string | null> {
    if (spec.of === undefined) return null;
    const { of } = spec;
    const records = await witnessRecords(api, spec, of.schedule, context.signal);
    const young = records.filter(({ at }) => Date.now() - at <= durationMs(spec.maxAge));
    const backups = await requireVelero(() => scheduledBackups({ api, spec, context }, of));
    const known = backups.filter(({ metadata }) => young.some(({ backup }) => backup === metadata.name));
    return newestGood(known)?.metadata.name ?? null;
  }

  async function witness(spec: VeleroDrillSpec, context: EngineContext): Promise<readonly Finding[]> {
    const { of } = spec;
    if (of === undefined) throw noSchedule(spec);
    return (await requireVelero(() => witnessNext(tools, spec, of, context))).findings;
  }

  async function verify(spec: VeleroDrillSpec, { signal }: EngineContext): Promise<readonly Finding[]> {
    const backups = await drilledBackups(api, spec, signal);
    const newest = newestProof(backups, spec);
    const refuted = backups.filter(({ metadata }) => metadata.annotations?.[DRILL_VERDICT] === 'failed');
    const faults = newest === null ? lastRefutation(refuted) : [];
    return [
      {
        kind: 'drill-recent',
        about: { drill: { namespace: spec.namespace, name: spec.name }, within: spec.maxAge },
        holds: newest !== null,
        how: 'real',
        source: `/apis/velero.io/v1/namespaces/${spec.namespace}/backups, annotation ${DRILL_VERDICT}`,
        time: new Date().toISOString(),
        observed: {
          newest: newest?.metadata.name ?? null,
          provenAt: newest?.metadata.annotations?.[PROVEN_AT] ?? null,
          databases: provenDatabases(newest),
          restoreSeconds: Number(newest?.metadata.annotations?.[RESTORE_SECONDS] ?? Number.NaN) || null,
          refuted: refuted.map(({ metadata }) => metadata.name),
          ...(faults.length === 0 ? {} : { faults }),
        },
      },
    ];
  }

  return { plan, apply, verify, undo, drill, witness };
}

function noSchedule(spec: VeleroDrillSpec): WindlassFailure {
  return new WindlassFailure('InvalidRollout', 'The step drills backups of its own, and none of a schedule.', {
    object: subjectOf(spec),
    next: 'Name the schedule in `of`, or drill the step without a witness.',
  });
}

function undo(spec: VeleroDrillSpec): string {
  const backup = spec.of === undefined ? ` Its backup stays for ${spec.ttl}.` : '';
  return `There is nothing to undo: a drill cleans up after itself.${backup}`;
}
