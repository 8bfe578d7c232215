import { pauseFor } from '../clock.ts';
import { durationMs } from '../domain/duration.ts';
import { WindlassFailure } from '../domain/failure.ts';
import { assertFence } from '../domain/fence.ts';
import { readDigits, readText } from '../domain/json-fields.ts';
import type { Json } from '../domain/json.ts';
import type { DolphinschedulerProjectSpec } from '../domain/kinds/dolphinscheduler-project.ts';
import { readLive, type LiveWorkflow } from './live.ts';
import { masker } from './mask.ts';
import { progressJson, type Progress } from './progress.ts';
import { isOver, mustRun, readRun, runOf, type Run } from './run-state.ts';
import { judgeWith, namesFor, type Work } from './state.ts';

type RunSpec = NonNullable<DolphinschedulerProjectSpec['run']>;

/** How often a run is looked at, in milliseconds: at first often, since a short one is over soon. */
const LOOKS = [250, 500, 1_000, 2_000];
/** Lines of a task's log: asked for at a time, looked at in all, told. */
const LOG = { page: 1_000, pages: 20, told: 15 } as const;

/**
 * Starts the workflow unless its version at hand has succeeded already, and follows it to its end. A run that is under way
 * is followed and no other started.
 *
 * @throws WindlassFailure `ExpectationFailed` with the end of the failing task's log when it does not succeed;
 *   `NotReadyInTime` when it is not over in time; `FenceLost`; as `Session` does.
 */
export async function runToSuccess(work: Work, project: string, run: RunSpec, progress: Progress): Promise<void> {
  const { scheduler, context, workflows } = work;
  const ends = Date.now() + durationMs(run.within);
  const workflow = workflows.find(({ name }) => name === run.workflow);
  const live = await readLive(scheduler, project, run.workflow);
  if (workflow === undefined || live === null) throw new RangeError(`there is no workflow ${run.workflow}`);
  const names = namesFor(work, project);
  const state = await readRun(scheduler, project, { ...judgeWith(names, workflow, live, work), writes: false });
  if (!mustRun(state)) return;
  let found = state.newest !== null && !isOver(state.newest) ? state.newest : null;
  found ??= await lostStart(work, project, live, run.workflow, progress);
  if (found === null) {
    const after = (await scheduler.instances(project, live.code, run.workflow)).map((one) => readDigits(one, 'id'))[0];
    const asked = { ...progress, start: { after: after ?? '', trigger: '' } };
    assertFence(context.fence, `workflow ${run.workflow}`);
    context.progress(progressJson(asked));
    const fields = { tenantCode: run.tenant, workerGroup: run.workerGroup };
    const trigger = await scheduler.start(project, live.code, run.workflow, fields);
    context.progress(progressJson({ ...asked, start: { ...asked.start, trigger } }));
    found = await untilMade(work, () => runOfTrigger(work, project, run.workflow, trigger), ends, run);
  }
  const { id } = found;
  const ended = await untilOver(work, project, { live, run, id }, ends);
  if (ended.state !== 'SUCCESS') throw await runFailed(work, project, run.workflow, ended);
}

/** The run of a start that an earlier attempt asked for, and never saw; null when there is none. */
async function lostStart(
  work: Work,
  project: string,
  live: LiveWorkflow,
  name: string,
  { start }: Progress,
): Promise<Run | null> {
  if (start === undefined) return null;
  const { scheduler, context } = work;
  const ends = Date.now() + work.masterMs;
  for (;;) {
    const known = start.trigger === '' ? null : await runOfTrigger(work, project, name, start.trigger);
    const newer = (await scheduler.instances(project, live.code, name)).find(
      (one) => Number(readDigits(one, 'id')) > Number(start.after),
    );
    const found = known ?? (newer === undefined ? null : runOf(newer));
    // One that is over and failed was told: another start is what a retry asks for.
    if (found !== null) return isOver(found) && found.state !== 'SUCCESS' ? null : found;
    if (Date.now() >= ends) return null;
    await pauseFor(LOOKS[1] ?? 0, context.signal);
  }
}

async function runOfTrigger({ scheduler }: Work, project: string, name: string, trigger: string): Promise<Run | null> {
  const [instance] = await scheduler.instancesOfTrigger(project, trigger, name);
  return instance === undefined ? null : runOf(instance);
}

async function untilMade(work: Work, look: () => Promise<Run | null>, ends: number, run: RunSpec): Promise<Run> {
  for (let looks = 0; ; looks += 1) {
    const found = await look();
    if (found !== null) return found;
    if (Date.now() >= ends) throw notInTime(run, 'no master has made a run of the start', work);
    await pauseFor(pauseAfter(looks), work.context.signal);
  }
}

async function untilOver(
  work: Work,
  project: string,
  { live, run, id }: { readonly live: LiveWorkflow; readonly run: RunSpec; readonly id: string },
  ends: number,
): Promise<Run> {
  const { scheduler, context } = work;
  for (let looks = 0; ; looks += 1) {
    const instances = await scheduler.instances(project, live.code, run.workflow);
    const found = instances.find((one) => readDigits(one, 'id') === id);
    if (found !== undefined && isOver(runOf(found))) return runOf(found);
    if (Date.now() >= ends)
      throw notInTime(run, `the run is ${found === undefined ? 'gone' : runOf(found).state}`, work);
    await pauseFor(pauseAfter(looks), context.signal);
  }
}

function pauseAfter(looks: number): number {
  return LOOKS[Math.min(Math.floor(looks / 4), LOOKS.length - 1)] ?? 0;
}

function notInTime(run: RunSpec, why: string, { scheduler }: Work): WindlassFailure {
  return new WindlassFailure('NotReadyInTime', `It did not run to its end within ${run.within}: ${why}.`, {
    object: `workflow ${run.workflow}`,
    next: 'Look at the run in the Web UI of DolphinScheduler. It goes on: a retry follows it, or starts another once it is over.',
    facts: { server: scheduler.session.server },
  });
}

async function runFailed(work: Work, project: string, workflow: string, run: Run): Promise<WindlassFailure> {
  const tasks = await work.scheduler.tasksOf(project, run.id, workflow);
  const failed = tasks.filter((task) => !['SUCCESS', 'SUBMITTED_SUCCESS'].includes(readText(task, 'state') ?? ''));
  const [first] = failed;
  const name = readText(first, 'name');
  const at = name === undefined ? '' : ` at task ${name}`;
  const log = first === undefined ? [] : await endOfLog(work, first);
  const last = log.findLast((line) => line.trim() !== '');
  return new WindlassFailure(
    'ExpectationFailed',
    `Its run ${run.name} ended ${run.state}${at}${last === undefined ? '' : `: ${last.trim()}`}.`,
    {
      object: `workflow ${workflow}`,
      next: 'Read the log of the task in the Web UI of DolphinScheduler, mend the workflow or what it needs, then retry: another run is started.',
      facts: {
        run: run.name,
        state: run.state,
        failed: failed.map((task) => readText(task, 'name') ?? ''),
        log,
      },
    },
  );
}

/** The last lines of a task's log, secrets masked. A log that cannot be read is none: the run failed all the same. */
async function endOfLog({ scheduler }: Work, task: Json): Promise<readonly string[]> {
  const mask = masker(scheduler.session.secrets);
  let lines: readonly string[] = [];
  try {
    for (let page = 0; page < LOG.pages; page += 1) {
      const more = await scheduler.log(readDigits(task, 'id'), page * LOG.page, LOG.page);
      lines = [...lines, ...more].slice(-LOG.told);
      if (more.length < LOG.page) break;
    }
  } catch (error) {
    if (!(error instanceof WindlassFailure)) throw error;
    return [`(its log cannot be read: ${error.message})`];
  }
  // Masked as one text: a secret may go over several lines.
  return mask(lines.join('\n'))
    .split('\n')
    .map((line) => line.slice(0, 300));
}
