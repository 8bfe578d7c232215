import { WindlassFailure } from '../domain/failure.ts';
import type { Json, JsonObject } from '../domain/json.ts';
import type { Symbol, Workflow } from '../domain/dolphinscheduler/workflow.ts';
import { differences } from './differences.ts';
import type { LiveWorkflow } from './live.ts';
import { NO_SCHEDULE, type Mark } from './mark.ts';
import { digestOf, normalSchedule, normalWorkflow } from './normal-form.ts';

/** A workflow as declared and as found, and what that means. */
export interface Judged {
  readonly workflow: Workflow;
  readonly live: LiveWorkflow | null;
  /** What is written behind its description. */
  readonly mark: Mark;
  /** Differences of the definition, a line each. */
  readonly definition: readonly string[];
  readonly schedule: readonly string[];
  /** Whether it can be started. */
  readonly release: readonly string[];
  /** Whether a new version is written: it differs, or its mark does. */
  readonly writes: boolean;
  /** Whether writing it overwrites what somebody made or changed by hand. */
  readonly byHand: boolean;
}

/**
 * Compares a workflow with what stands there.
 *
 * @param owner of the mark.
 * @throws WindlassFailure `OwnershipConflict` when another rollout declares it.
 */
export function judge(
  workflow: Workflow,
  live: LiveWorkflow | null,
  {
    owner,
    codeOf,
    mask,
  }: { readonly owner: string; readonly codeOf: (symbol: Symbol) => Json; readonly mask: (text: string) => string },
): Judged {
  assertOurs(workflow.name, live, owner);
  const wanted = normalWorkflow(workflow, codeOf);
  const wantedSchedule = workflow.schedule === null ? null : normalSchedule(workflow.schedule, codeOf);
  const found = live?.schedule ?? null;
  const mark: Mark = {
    owner,
    definition: digestOf(wanted),
    schedule: scheduleDigest(wantedSchedule),
    before: scheduleDigest(found?.form ?? null),
  };
  const definition = live === null ? [] : differences(live.definition, wanted, mask);
  const schedule = live === null ? [] : scheduleDifferences(live, workflow, wantedSchedule, mask);
  const release = live === null || live.online === workflow.online ? [] : [`releaseState: ${turn(workflow.online)}`];
  const marked = live?.mark?.definition === mark.definition && live.mark.schedule === mark.schedule;
  return {
    ...{ workflow, live, mark, definition, schedule, release },
    writes: definition.length > 0 || !marked,
    byHand: live !== null && isByHand(live, definition, wantedSchedule),
  };
}

function scheduleDigest(form: JsonObject | null): string {
  return form === null ? NO_SCHEDULE : digestOf(form);
}

function turn(online: boolean): string {
  return online ? 'OFFLINE -> ONLINE' : 'ONLINE -> OFFLINE';
}

function scheduleDifferences(
  live: LiveWorkflow,
  workflow: Workflow,
  wanted: JsonObject | null,
  mask: (text: string) => string,
): readonly string[] {
  const { schedule: found } = live;
  if (workflow.schedule === null || wanted === null) return found?.online === true ? [`schedule: ${turn(false)}`] : [];
  if (found === null) return [`schedule: nothing -> ${workflow.schedule.crontab}`];
  const { online } = workflow.schedule;
  return [
    ...differences(found.form, wanted, mask, 'schedule'),
    ...(found.online === online ? [] : [`schedule.releaseState: ${turn(online)}`]),
  ];
}

/** What differs from the file and is not what Windlass wrote last was written by somebody else. */
function isByHand(live: LiveWorkflow, definition: readonly string[], schedule: JsonObject | null): boolean {
  const { mark } = live;
  if (definition.length > 0 && mark?.definition !== digestOf(live.definition)) return true;
  if (live.schedule === null || schedule === null) return false;
  const found = digestOf(live.schedule.form);
  return found !== digestOf(schedule) && found !== mark?.schedule && found !== mark?.before;
}

function assertOurs(workflow: string, live: LiveWorkflow | null, owner: string): void {
  const other = live?.mark?.owner;
  if (other === undefined || other === owner) return;
  throw new WindlassFailure('OwnershipConflict', `The rollout ${other} declares this workflow.`, {
    object: `workflow ${workflow}`,
    next: `Let one rollout declare it: give it another name, or take the mark out of its description and start again.`,
    facts: { declaredBy: other, wanted: owner },
  });
}
