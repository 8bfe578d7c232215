import type { Change } from '../domain/change.ts';
import type { Finding } from '../domain/evidence.ts';
import { WindlassFailure } from '../domain/failure.ts';
import { assertFence } from '../domain/fence.ts';
import type { DolphinschedulerProjectSpec } from '../domain/kinds/dolphinscheduler-project.ts';
import type { Applied, EngineContext, StepEngine } from '../domain/step-engine.ts';
import type { ServerConnection } from '../http/server-url.ts';
import { changesOf, destructiveDigest, detailOf } from './changes.ts';
import { findingsOf } from './findings.ts';
import { fingerprint } from './live.ts';
import { progressIn, progressJson, type Progress } from './progress.ts';
import { runToSuccess } from './run.ts';
import { Scheduler } from './scheduler.ts';
import { Session } from './session.ts';
import { readState, type State, type Work } from './state.ts';
import { workflowsOf } from './workflows-of.ts';
import { writeWorkflow } from './write.ts';

/** Milliseconds: starts are seen by a master every second. */
const MASTER_MS = 10_000;

/**
 * The engine of `dolphinscheduler.project`. Fails with `AccessDenied`, `OwnershipConflict`, `NotFound`, `InvalidManifest`,
 * `InvalidRollout`, `ExpectationFailed`, `NotReadyInTime`, `TargetUnreachable`, `ServerError`, `Throttled`, `FenceLost`;
 * nothing it throws holds a credential.
 */
export function dolphinschedulerProjectEngine(
  connection: ServerConnection,
  masterMs = MASTER_MS,
): StepEngine<DolphinschedulerProjectSpec> {
  async function working<T>(
    spec: DolphinschedulerProjectSpec,
    context: EngineContext,
    work: (with_: Work) => Promise<T>,
  ): Promise<T> {
    const session = await openSession(connection, spec, context);
    try {
      const workflows = await workflowsOf(context.files, spec.workflows);
      return await work({ scheduler: new Scheduler(session), spec, workflows, context, masterMs });
    } finally {
      await session.close();
    }
  }

  const plan = (spec: DolphinschedulerProjectSpec, context: EngineContext): Promise<readonly Change[]> =>
    working(spec, context, async (work) => changesOf(await readState(work), spec, work.scheduler.session.isStandIn));

  const apply = (spec: DolphinschedulerProjectSpec, context: EngineContext): Promise<Applied> =>
    working(spec, context, async (work) => {
      const state = await readState(work);
      const changes = changesOf(state, spec, work.scheduler.session.isStandIn);
      const progress = accepting(state, changes, context);
      context.progress(progressJson(progress));
      await write(work, state, progress);
      return { changes, findings: findingsOf(await readState(work), spec, work.scheduler) };
    });

  const verify = (spec: DolphinschedulerProjectSpec, context: EngineContext): Promise<readonly Finding[]> =>
    working(spec, context, async (work) => findingsOf(await readState(work), spec, work.scheduler));

  return { plan, apply, verify, undo };
}

async function openSession(
  connection: ServerConnection,
  { user, password, ca }: DolphinschedulerProjectSpec,
  context: EngineContext,
): Promise<Session> {
  const login = {
    user: typeof user === 'string' ? user : await context.resolve(user),
    password: await context.resolve(password),
    ...(ca === undefined ? {} : { ca: await context.resolve(ca) }),
  };
  return new Session(connection, login, context.signal);
}

/**
 * What was changed by hand may be overwritten where the plan showed it, or an earlier attempt of this very work had it
 * accepted. Anything else was changed after somebody looked.
 */
function accepting(state: State, changes: readonly Change[], context: EngineContext): Progress {
  const progress = progressIn(context.resume);
  const byHand = state.workflows.filter((judged) => judged.byHand);
  const found = Object.fromEntries(byHand.map(({ workflow, live }) => [workflow.name, fingerprint(live)]));
  const unseen = byHand.find(({ workflow }) => progress.accepted[workflow.name] !== found[workflow.name]);
  if (unseen === undefined) return progress;
  if (context.shown === destructiveDigest(changes))
    return { ...progress, accepted: { ...progress.accepted, ...found } };
  const lines = detailOf(unseen);
  throw new WindlassFailure('OwnershipConflict', `It ${lines.slice(0, 2).join('; ')}. No plan has shown that yet.`, {
    object: `workflow ${unseen.workflow.name}`,
    next: 'Take the change into the file if it is to stay. Retry the step: it looks anew, and opens a gate over what it would overwrite.',
    facts: { differs: lines.slice(0, 20) },
  });
}

async function write(work: Work, state: State, progress: Progress): Promise<void> {
  const { scheduler, spec, context } = work;
  const name = `project ${spec.project}`;
  if (state.project === null) {
    assertFence(context.fence, name);
    await scheduler.createProject(spec.project, spec.description ?? '');
  } else if (state.differs.length > 0) {
    assertFence(context.fence, name);
    await scheduler.updateProject(state.project, spec.project, spec.description ?? '');
  }
  const project = state.project ?? (await scheduler.project(spec.project));
  if (project === null)
    throw new WindlassFailure('OwnershipConflict', 'Somebody deleted it while the step acted.', {
      object: name,
      next: 'Look who works on it, then retry.',
    });
  for (const { what, exists, differs, write: save } of state.resources) {
    if (exists && differs.length === 0) continue;
    assertFence(context.fence, what);
    await save();
  }
  for (const judged of state.workflows) {
    const { live, writes, schedule, release } = judged;
    if (live === null || writes || schedule.length + release.length > 0)
      await writeWorkflow(work, project.code, judged);
  }
  if (spec.run !== undefined) await runToSuccess(work, project.code, spec.run, progress);
}

function undo({ project }: DolphinschedulerProjectSpec): string {
  return (
    `Nothing is deleted: project ${project} and its workflows stay. An earlier version of a workflow is in DolphinScheduler's ` +
    'version history, from which it can be switched back; apply the earlier rollout to have all of them.'
  );
}
