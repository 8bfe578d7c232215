import type { Json, JsonObject } from '../json.ts';

export const TASK_TYPES = ['SHELL', 'SQL', 'HTTP', 'SPARK', 'DEPENDENT', 'CONDITIONS'] as const;
export type TaskType = (typeof TASK_TYPES)[number];

/** A workflow definition whatever its file was written in. Tasks and workflows are known by their names, never by codes. */
export interface Workflow {
  readonly name: string;
  readonly description: string;
  /** As DolphinScheduler holds them: objects with `prop`, `direct`, `type`, `value`. */
  readonly parameters: readonly JsonObject[];
  /** Minutes; 0 for none. */
  readonly timeout: number;
  readonly executionType: string;
  readonly online: boolean;
  readonly tasks: readonly Task[];
  readonly schedule: Schedule | null;
}

export interface Task {
  readonly name: string;
  readonly type: TaskType;
  /** What DolphinScheduler calls taskParams, with a `Symbol` wherever a code or an id belongs. */
  readonly params: JsonObject;
  /** Names of the tasks before it, sorted. */
  readonly after: readonly string[];
  /** Everything else that DolphinScheduler knows of a task, by its own names. */
  readonly settings: TaskSettings;
}

export interface TaskSettings {
  readonly description: string;
  readonly flag: 'YES' | 'NO';
  readonly isCache: 'YES' | 'NO';
  readonly taskPriority: string;
  readonly workerGroup: string;
  /** A code, -1 for none, or `{ $environment: NAME }`. */
  readonly environmentCode: Json;
  readonly failRetryTimes: number;
  /** Minutes, as all times of a task. */
  readonly failRetryInterval: number;
  readonly delayTime: number;
  readonly timeoutFlag: 'OPEN' | 'CLOSE';
  readonly timeoutNotifyStrategy: string;
  readonly timeout: number;
  readonly taskExecuteType: string;
  readonly cpuQuota: number;
  readonly memoryMax: number;
}

/** When a workflow is started by itself. */
export interface Schedule {
  readonly crontab: string;
  readonly timezoneId: string;
  /** `2026-01-01 00:00:00`, in its time zone. */
  readonly startTime: string;
  readonly endTime: string;
  readonly failureStrategy: string;
  readonly warningType: string;
  /** An id, or `{ $alertGroup: NAME }`. */
  readonly warningGroupId: Json;
  readonly processInstancePriority: string;
  readonly workerGroup: string;
  readonly tenantCode: string;
  readonly environmentCode: Json;
  readonly online: boolean;
}

/** A code or an id that only the server knows, by the name of what it stands for. */
export type Symbol =
  | { readonly $task: string }
  /** A project; null for that of the workflow itself. */
  | { readonly $project: string | null }
  | { readonly $workflow: string; readonly project: string | null }
  | { readonly $taskOf: string; readonly workflow: string; readonly project: string | null }
  | { readonly $dataSource: string }
  /** The kind of a data source, such as POSTGRESQL. */
  | { readonly $dataSourceType: string }
  | { readonly $environment: string }
  | { readonly $alertGroup: string };

const SYMBOLS = [
  '$task',
  '$project',
  '$workflow',
  '$taskOf',
  '$dataSource',
  '$dataSourceType',
  '$environment',
  '$alertGroup',
];

function isSymbol(value: JsonObject): boolean {
  return SYMBOLS.some((key) => Object.hasOwn(value, key));
}

/** The same value with everything that stands for a code replaced. */
export function withCodes(value: Json, codeOf: (symbol: Symbol) => Json): Json {
  if (Array.isArray(value)) return value.map((item: Json) => withCodes(item, codeOf));
  if (typeof value !== 'object' || value === null) return value;
  const fields = value as JsonObject;
  if (isSymbol(fields)) return codeOf(fields as unknown as Symbol);
  return Object.fromEntries(Object.entries(fields).map(([key, item]) => [key, withCodes(item, codeOf)]));
}

/** Every symbol in a workflow. */
export function symbolsIn({ tasks, schedule }: Workflow): readonly Symbol[] {
  const found: Symbol[] = [];
  const all = [
    ...tasks.flatMap(({ params, settings }) => [params, settings.environmentCode]),
    ...(schedule === null ? [] : [schedule.warningGroupId, schedule.environmentCode]),
  ];
  for (const value of all)
    withCodes(value, (symbol) => {
      found.push(symbol);
      return null;
    });
  return found;
}

/** The workflows of the same project that must exist before this one can be written. */
export function dependsOn(workflow: Workflow): readonly string[] {
  const names = symbolsIn(workflow).flatMap((symbol) =>
    '$workflow' in symbol && symbol.project === null ? [symbol.$workflow] : [],
  );
  return [...new Set(names)].filter((name) => name !== workflow.name);
}
