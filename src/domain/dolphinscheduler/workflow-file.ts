import { z } from 'zod';
import { duration } from '../kinds/common.ts';
import { durationMs } from '../duration.ts';

/** The schema of a workflow file: YAML of our own, in words where DolphinScheduler's own form has codes. */

/** Times of tasks are counted in minutes. */
const minutes = duration.refine((text) => durationMs(text) % 60_000 === 0, 'must be whole minutes, as in 5m or 2h');
const taskName = z.string().min(1).max(200);
const text = z.string().min(1);
const properties = z.record(z.string().regex(/^[A-Za-z_]\w*$/, 'must be the name of a parameter'), z.string());
const timestamp = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/, 'must be a time such as 2026-01-01 00:00:00');

/** Quartz: seconds first, and exactly one of the two days left open. */
const cron = z.string().refine((source) => {
  const fields = source.trim().split(/\s+/);
  return (fields.length === 6 || fields.length === 7) && (fields[3] === '?') !== (fields[5] === '?');
}, 'must be Quartz cron: six or seven fields, seconds first, and "?" for one of the two days, as in 0 0 2 * * ? *');

const priority = z.enum(['HIGHEST', 'HIGH', 'MEDIUM', 'LOW', 'LOWEST']).default('MEDIUM');

const common = {
  name: taskName,
  description: z.string().max(255).default(''),
  after: z.array(taskName).default([]).describe('Tasks that must have succeeded before.'),
  parameters: properties.default({}).describe('Local parameters and their values.'),
  workerGroup: text.default('default'),
  environment: text.optional().describe('Name of an environment of DolphinScheduler.'),
  enabled: z.boolean().default(true).describe('Whether it runs; else it is passed over.'),
  priority,
  retries: z.int().min(0).default(0),
  retryEvery: minutes.default('1m'),
  delay: minutes.optional().describe('How long it waits before it begins.'),
  timeout: minutes.optional(),
  onTimeout: z.enum(['WARN', 'FAILED', 'WARNFAILED']).default('FAILED'),
};
const resources = z.array(text).default([]).describe('Files of the resource centre, by their full names.');

const shell = z.strictObject({ type: z.literal('SHELL'), ...common, script: text, resources });

const sql = z.strictObject({
  type: z.literal('SQL'),
  ...common,
  dataSource: text.describe('Name of a data source of DolphinScheduler.'),
  sql: text,
  returnsRows: z.boolean().default(false).describe('Whether it is a query; else it is a statement.'),
  displayRows: z.int().min(0).default(10).describe('How many rows of a query the log shows.'),
  first: z.array(text).default([]).describe('Statements before it.'),
  last: z.array(text).default([]).describe('Statements after it.'),
});

const http = z.strictObject({
  type: z.literal('HTTP'),
  ...common,
  url: text,
  method: z.enum(['GET', 'POST', 'PUT', 'DELETE', 'HEAD']).default('GET'),
  send: z
    .array(z.strictObject({ name: text, in: z.enum(['PARAMETER', 'BODY', 'HEADERS']), value: z.string() }))
    .default([]),
  check: z
    .enum(['STATUS_CODE_DEFAULT', 'STATUS_CODE_CUSTOM', 'BODY_CONTAINS', 'BODY_NOT_CONTAINS'])
    .default('STATUS_CODE_DEFAULT'),
  expect: z.string().default('').describe('The status or text that `check` is about.'),
  connectTimeout: duration.default('60s'),
  socketTimeout: duration.default('60s'),
});

const memory = z.string().regex(/^[1-9]\d*[MG]$/, 'must be a size, as in 512M or 2G');
const spark = z.strictObject({
  type: z.literal('SPARK'),
  ...common,
  program: z.enum(['JAVA', 'SCALA', 'PYTHON', 'SQL']),
  mainJar: text.optional().describe('File of the resource centre with the program.'),
  mainClass: text.optional(),
  script: text.optional().describe('The SQL of a program in SQL.'),
  deployMode: z.enum(['cluster', 'client', 'local']).default('cluster'),
  appName: z.string().default(''),
  queue: z.string().default(''),
  namespace: z.string().default(''),
  driverCores: z.int().min(1).default(1),
  driverMemory: memory.default('512M'),
  executors: z.int().min(1).default(2),
  executorCores: z.int().min(1).default(2),
  executorMemory: memory.default('2G'),
  arguments: z.string().default(''),
  options: z.string().default(''),
  resources,
});

const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
/** What a DEPENDENT task may wait for, by cycle. */
const DATES: Readonly<Record<'hour' | 'day' | 'week' | 'month', readonly string[]>> = {
  hour: ['currentHour', 'last1Hour', 'last2Hours', 'last3Hours', 'last24Hours'],
  day: ['today', 'last1Days', 'last2Days', 'last3Days', 'last7Days'],
  week: ['thisWeek', 'lastWeek', ...WEEKDAYS.map((day) => `last${day}`)],
  month: ['thisMonth', 'thisMonthBegin', 'lastMonth', 'lastMonthBegin', 'lastMonthEnd'],
};

const relation = z.enum(['AND', 'OR']).default('AND');
const dependent = z.strictObject({
  type: z.literal('DEPENDENT'),
  ...common,
  relation,
  on: z
    .array(
      z
        .strictObject({
          workflow: text,
          project: text.optional().describe('That of the workflow itself when absent.'),
          task: text.optional().describe('One task of it; all of them when absent.'),
          cycle: z.enum(['hour', 'day', 'week', 'month']).default('day'),
          date: text.default('today').describe('Which run of it counts, in the words of its cycle.'),
        })
        .superRefine(({ cycle, date }, context) => {
          if (DATES[cycle].includes(date)) return;
          const message = `of cycle ${cycle} must be one of ${DATES[cycle].join(', ')}`;
          context.addIssue({ code: 'custom', path: ['date'], message });
        }),
    )
    .min(1),
  checkEvery: duration.default('10s').describe('How often it looks; whole seconds.'),
});

const conditions = z.strictObject({
  type: z.literal('CONDITIONS'),
  ...common,
  relation,
  when: z.array(z.strictObject({ task: taskName, is: z.enum(['SUCCESS', 'FAILURE']) })).min(1),
  then: z.array(taskName).min(1).describe('Tasks that go on where it holds.'),
  else: z.array(taskName).min(1).describe('Tasks that go on where it does not.'),
});

const schedule = z.strictObject({
  cron,
  timeZone: text.default('UTC'),
  from: timestamp.default('2020-01-01 00:00:00'),
  until: timestamp.default('2120-01-01 00:00:00'),
  onFailure: z.enum(['CONTINUE', 'END']).default('CONTINUE').describe('What becomes of the other tasks of a run.'),
  warning: z.enum(['NONE', 'SUCCESS', 'FAILURE', 'ALL']).default('NONE'),
  alertGroup: text.optional().describe('Who is told; needed where there is a warning.'),
  priority,
  workerGroup: text.default('default'),
  tenant: text.default('default'),
  environment: text.optional(),
  enabled: z.boolean().default(true),
});

/** A workflow of a project, in a file of its own. */
export const workflowFile = z.strictObject({
  workflow: z.string().min(1).max(200).describe('Its name, by which it is found again.'),
  description: z.string().max(255).default(''),
  parameters: properties.default({}).describe('Global parameters and their values.'),
  timeout: minutes.optional(),
  execution: z.enum(['PARALLEL', 'SERIAL_WAIT', 'SERIAL_DISCARD', 'SERIAL_PRIORITY']).default('PARALLEL'),
  online: z.boolean().default(true).describe('Whether it can be started.'),
  schedule: schedule.optional(),
  tasks: z.array(z.discriminatedUnion('type', [shell, sql, http, spark, dependent, conditions])).min(1),
});
export type WorkflowFile = z.output<typeof workflowFile>;
export type TaskFile = WorkflowFile['tasks'][number];
