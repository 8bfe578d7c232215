import { exportedSchedule } from '../domain/dolphinscheduler/exported.ts';
import { readDigits, readList, readNumber, readObject, readText } from '../domain/json-fields.ts';
import type { JsonObject } from '../domain/json.ts';
import { splitMark, type Mark } from './mark.ts';
import { digestOf, normalDefinition, normalSchedule } from './normal-form.ts';
import type { Scheduler } from './scheduler.ts';

/** A workflow as it stands on the server. */
export interface LiveWorkflow {
  readonly code: string;
  readonly version: number;
  readonly online: boolean;
  /** Where its tasks are drawn, as DolphinScheduler's Web UI wrote it. */
  readonly locations: string;
  /** Null where Windlass never wrote it. */
  readonly mark: Mark | null;
  readonly definition: JsonObject;
  readonly tasks: ReadonlyMap<string, LiveTask>;
  readonly schedule: LiveSchedule | null;
  /** Who changed it last, as the server says. */
  readonly by: string;
  /** When, in the server's time. */
  readonly at: string;
}

interface LiveTask {
  readonly code: string;
  readonly version: number;
}

interface LiveSchedule {
  readonly id: string;
  readonly online: boolean;
  readonly form: JsonObject;
}

/**
 * A workflow of a project with its schedule; null when there is none of this name.
 *
 * @throws WindlassFailure as `Session` does.
 */
export async function readLive(scheduler: Scheduler, project: string, name: string): Promise<LiveWorkflow | null> {
  const dag = await scheduler.definition(project, name);
  if (dag === null) return null;
  const head = readObject(dag, 'processDefinition');
  const code = readDigits(head, 'code');
  const { text, mark } = splitMark(readText(head, 'description') ?? '');
  const schedule = await scheduler.schedule(project, code, name);
  const read = exportedSchedule(schedule ?? undefined);
  return {
    ...{ code, mark, version: readNumber(head, ['version'], 0) },
    online: readText(head, 'releaseState') === 'ONLINE',
    locations: readText(head, 'locations') ?? '[]',
    definition: normalDefinition(dag, text),
    tasks: new Map(
      readList(dag, 'taskDefinitionList').map((task) => [
        readText(task, 'name') ?? '',
        { code: readDigits(task, 'code'), version: readNumber(task, ['version'], 1) },
      ]),
    ),
    schedule:
      schedule === null || read === null
        ? null
        : { id: readDigits(schedule, 'id'), online: read.online, form: normalSchedule(read, () => null) },
    by: readText(head, 'modifyBy') ?? readText(head, 'userName') ?? '',
    at: readText(head, 'updateTime') ?? '',
  };
}

/** Everything of a workflow that somebody else may have changed since it was read. */
export function fingerprint(live: LiveWorkflow | null): string {
  if (live === null) return 'none';
  const { version, online, definition, schedule } = live;
  const form = schedule === null ? 'none' : `${digestOf(schedule.form)}${schedule.online ? '+' : '-'}`;
  return `${String(version)}${online ? '+' : '-'} ${digestOf(definition)} ${form}`;
}
