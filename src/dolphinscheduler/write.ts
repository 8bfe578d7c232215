import { symbolsIn, withCodes, type Symbol, type Workflow } from '../domain/dolphinscheduler/workflow.ts';
import { WindlassFailure } from '../domain/failure.ts';
import { assertFence } from '../domain/fence.ts';
import { readDigits } from '../domain/json-fields.ts';
import { jsonText, type Json, type JsonObject } from '../domain/json.ts';
import { differences } from './differences.ts';
import type { Judged } from './judge.ts';
import { fingerprint, readLive, type LiveWorkflow } from './live.ts';
import { withMark } from './mark.ts';
import { masker } from './mask.ts';
import { numberOf, type Names } from './names.ts';
import { digestOf, normalSchedule, normalWorkflow } from './normal-form.ts';
import type { DefinitionSent } from './scheduler.ts';
import type { Fields } from './session.ts';
import { judgeWith, namesFor, type Work } from './state.ts';

/**
 * Makes one workflow what its file says: offline, changed, online, then its schedule. Whatever is killed in between is
 * found as it is and carried on.
 *
 * @param seen the workflow as it was judged before anything was written.
 * @throws WindlassFailure `OwnershipConflict` when somebody changed it since; `ExpectationFailed` when the server keeps
 *   something else than was sent; `FenceLost`; as `Session` does.
 */
export async function writeWorkflow(work: Work, project: string, seen: Judged): Promise<void> {
  const { scheduler, context } = work;
  const { workflow } = seen;
  const { name } = workflow;
  const live = await readLive(scheduler, project, name);
  assertAsSeen(work, seen, live);
  // Codes of what the step has made meanwhile are known by now.
  const names = namesFor(work, project);
  await names.look(symbolsIn(workflow));
  const judged = judgeWith(names, workflow, live, work);
  const fence = (): void => {
    assertFence(context.fence, `workflow ${name}`);
  };
  if (judged.writes) {
    fence();
    if (live === null) await create(work, project, judged, names);
    else await update(work, project, judged, live, names, fence);
  }
  await settle(work, project, workflow, names, fence);
}

/** Somebody may have worked on it since it was read: then nothing of it is overwritten unseen. */
function assertAsSeen({ scheduler }: Work, seen: Judged, live: LiveWorkflow | null): void {
  if (fingerprint(live) === fingerprint(seen.live)) return;
  const mask = masker(scheduler.session.secrets);
  const { name } = seen.workflow;
  const lines =
    live === null || seen.live === null
      ? [live === null ? 'was deleted' : 'was made']
      : [
          ...differences(seen.live.definition, live.definition, mask),
          ...differences(seen.live.schedule?.form, live.schedule?.form, mask, 'schedule'),
          ...(seen.live.online === live.online ? [] : [`releaseState: now ${live.online ? 'ONLINE' : 'OFFLINE'}`]),
        ];
  throw new WindlassFailure(
    'OwnershipConflict',
    `Somebody worked on it by hand while the step acted${live === null ? '' : ` (${live.by}, ${live.at})`}: ${lines[0] ?? 'it has another version'}.`,
    {
      object: `workflow ${name}`,
      next: 'Take the change into the file if it is to stay. Retry the step: it looks anew, and opens a gate over what it would overwrite.',
      facts: { workflow: name, differs: lines.slice(0, 20) },
    },
  );
}

async function create(work: Work, project: string, judged: Judged, names: Names): Promise<void> {
  const { workflow } = judged;
  const codes = await work.scheduler.taskCodes(project, workflow.tasks.length, `workflow ${workflow.name}`);
  const tasks = new Map(workflow.tasks.map(({ name }, at) => [name, { code: codes[at] ?? '', version: 0 }]));
  await work.scheduler.createDefinition(project, sentOf(judged, tasks, names));
}

async function update(
  work: Work,
  project: string,
  judged: Judged,
  live: LiveWorkflow,
  names: Names,
  fence: () => void,
): Promise<void> {
  const { scheduler } = work;
  const { workflow } = judged;
  const added = workflow.tasks.filter(({ name }) => !live.tasks.has(name));
  const codes = await scheduler.taskCodes(project, added.length, `workflow ${workflow.name}`);
  const tasks = new Map([
    ...live.tasks,
    ...added.map(({ name }, at) => [name, { code: codes[at] ?? '', version: 0 }] as const),
  ]);
  if (live.online) {
    fence();
    await scheduler.release(project, live.code, workflow.name, 'OFFLINE');
  }
  fence();
  await scheduler.updateDefinition(project, live.code, sentOf(judged, tasks, names));
}

type Codes = ReadonlyMap<string, { readonly code: string; readonly version: number }>;

function sentOf({ workflow, live, mark }: Judged, tasks: Codes, names: Names): DefinitionSent {
  const codeOf = (symbol: Symbol): Json => names.code(symbol, (task) => tasks.get(task)?.code ?? null);
  // Tasks that are new have their codes only now, and the mark is made of what is sent.
  const definition = digestOf(normalWorkflow(workflow, codeOf));
  return {
    name: workflow.name,
    description: withMark(workflow.description, { ...mark, definition }, workflow.name),
    globalParams: workflow.parameters,
    timeout: workflow.timeout,
    executionType: workflow.executionType,
    locations: live?.locations ?? '[]',
    taskDefinitionJson: workflow.tasks.map(({ name, type, params, settings }): JsonObject => {
      const { code: ofTask = null, version = 0 } = tasks.get(name) ?? {};
      return {
        ...settings,
        ...{ code: numberOf(ofTask), version, name, taskType: type },
        taskParams: withCodes(params, codeOf),
        environmentCode: withCodes(settings.environmentCode, codeOf),
      };
    }),
    taskRelationJson: workflow.tasks.flatMap(({ name, after }) =>
      (after.length === 0 ? [null] : after).map((before) => relationOf(before, name, tasks)),
    ),
  };
}

function relationOf(before: string | null, task: string, tasks: Codes): JsonObject {
  const [pre, post] = [before === null ? undefined : tasks.get(before), tasks.get(task)];
  return {
    ...{ name: '', preTaskCode: numberOf(pre?.code ?? '0'), preTaskVersion: pre?.version ?? 0 },
    ...{ postTaskCode: numberOf(post?.code ?? '0'), postTaskVersion: post?.version ?? 0 },
    ...{ conditionType: 'NONE', conditionParams: {} },
  };
}

/** What comes after the definition: online or offline, then the schedule, which there is only while it is online. */
async function settle(work: Work, project: string, workflow: Workflow, names: Names, fence: () => void): Promise<void> {
  const { scheduler } = work;
  const { name, online } = workflow;
  const live = await readLive(scheduler, project, name);
  if (live === null) throw goneMeanwhile(name);
  assertKept(judgeWith(names, workflow, live, work));
  if (live.online !== online) {
    fence();
    await scheduler.release(project, live.code, name, online ? 'ONLINE' : 'OFFLINE');
  }
  // A workflow that goes offline takes its schedule along.
  const { code, schedule } = live;
  const found = schedule === null ? null : { ...schedule, online: schedule.online && online };
  await settleSchedule(work, project, { workflow, code, found, names }, fence);
}

/** DolphinScheduler must keep what it was sent, or the next plan would find a change that nobody made. */
function assertKept({ workflow, definition }: Judged): void {
  const [first] = definition;
  if (first === undefined) return;
  throw new WindlassFailure('ExpectationFailed', `DolphinScheduler keeps something else than it was sent: ${first}.`, {
    object: `workflow ${workflow.name}`,
    next: 'Write the file as DolphinScheduler keeps it, or look who changes it at this moment; then retry.',
    facts: { differs: definition.slice(0, 20) },
  });
}

function goneMeanwhile(name: string): WindlassFailure {
  return new WindlassFailure('OwnershipConflict', 'Somebody deleted it while the step acted.', {
    object: `workflow ${name}`,
    next: 'Look who works on it, then retry: the step makes it again.',
  });
}

interface Scheduled {
  readonly workflow: Workflow;
  /** Of the workflow. */
  readonly code: string;
  readonly found: LiveWorkflow['schedule'];
  readonly names: Names;
}

async function settleSchedule(
  { scheduler }: Work,
  project: string,
  { workflow, code, found: before, names }: Scheduled,
  fence: () => void,
): Promise<void> {
  const { name, schedule } = workflow;
  let found = before;
  const set = async (id: string, state: 'online' | 'offline'): Promise<void> => {
    fence();
    await scheduler.setSchedule(project, id, name, state);
  };
  if (schedule === null) {
    if (found?.online === true) await set(found.id, 'offline');
    return;
  }
  const wanted = normalSchedule(schedule, (symbol) => names.code(symbol, () => null));
  const same = found !== null && digestOf(found.form) === digestOf(wanted);
  if (!same) {
    if (found?.online === true) await set(found.id, 'offline');
    fence();
    const fields = scheduleFields(schedule, names);
    if (found === null) await scheduler.createSchedule(project, code, name, fields);
    else await scheduler.updateSchedule(project, found.id, name, fields);
    found = (await readLive(scheduler, project, name))?.schedule ?? null;
  }
  if (found === null) throw goneMeanwhile(name);
  if (found.online !== schedule.online) await set(found.id, schedule.online ? 'online' : 'offline');
}

function scheduleFields(schedule: NonNullable<Workflow['schedule']>, names: Names): Fields {
  const { startTime, endTime, crontab, timezoneId } = schedule;
  const code = (value: Json): string => readDigits(withCodes(value, (symbol) => names.code(symbol, () => null)));
  return {
    schedule: jsonText({ startTime, endTime, crontab, timezoneId }),
    ...{ warningType: schedule.warningType, warningGroupId: code(schedule.warningGroupId) },
    ...{ failureStrategy: schedule.failureStrategy, processInstancePriority: schedule.processInstancePriority },
    ...{ workerGroup: schedule.workerGroup, tenantCode: schedule.tenantCode },
    environmentCode: code(schedule.environmentCode),
  };
}
