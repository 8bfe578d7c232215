import { describe, expect, test } from '@jest/globals';
import { readWorkflows, workflowCycle } from '../../src/domain/dolphinscheduler/read-workflows.ts';
import { parseJson, type Json } from '../../src/domain/json.ts';
import { differences } from '../../src/dolphinscheduler/differences.ts';
import { masker } from '../../src/dolphinscheduler/mask.ts';
import { ownerOf, splitMark, withMark } from '../../src/dolphinscheduler/mark.ts';

const plain = (text: string) => text;

describe('the mark in a description', () => {
  const mark = { owner: 'a/lab', definition: 'abcdefabcdef', schedule: 'none', before: '0123456789ab' };

  test.each(['', 'Prices of the day.', 'with [brackets] of its own'])(
    'is read as it was written behind "%s"',
    (text) => {
      expect(splitMark(withMark(text, mark, 'w'))).toEqual({ text, mark });
    },
  );

  test('is no part of a description that only looks like one', () => {
    for (const text of ['[windlass]', '[windlass a/lab abc.none.none]', '[windlass a/lab abcdefabcdef.none.none] more'])
      expect(splitMark(text)).toEqual({ text, mark: null });
  });

  test('is refused where both together are too long', () => {
    expect(() => withMark('x'.repeat(240), mark, 'w')).toThrow(expect.objectContaining({ type: 'InvalidRollout' }));
  });

  test('tells long names of rollouts apart', () => {
    const long = (last: string) => ownerOf({ rollout: `${'r'.repeat(62)}${last}`, environment: 'e'.repeat(60) });
    expect(long('a')).not.toBe(long('b'));
    expect(long('a').length).toBeLessThanOrEqual(64);
  });
});

describe('differences', () => {
  test('name each field with what it was and will be', () => {
    const before: Json = { a: 1, b: { c: 'x', d: [1, 2] }, gone: true };
    const after: Json = { a: 1, b: { c: 'y', d: [1, 3] }, come: 9_007_199_254_740_993n };
    expect(differences(before, after, plain)).toEqual([
      'b.c: x -> y',
      'b.d[1]: 2 -> 3',
      'come: nothing -> 9007199254740993',
      'gone: true -> nothing',
    ]);
  });

  test('show of a script the first line that differs', () => {
    expect(differences({ s: 'a\nb\nc' }, { s: 'a\nB\nc' }, plain)).toEqual([
      's: line 2: b -> B (and up to 1 lines below)',
    ]);
    expect(differences({ s: 'a' }, { s: 'a\nb' }, plain)).toEqual(['s: line 2: nothing -> b']);
  });

  test('show no secret, and no value at length', () => {
    const [line = ''] = differences({ s: 'password=canary-1' }, { s: `x${'y'.repeat(500)}` }, masker([]));
    expect(line).toContain('password=*** -> xy');
    expect(line.length).toBeLessThan(120);
  });
});

describe('masking', () => {
  const mask = masker(['canary-known']);

  test.each([
    ['a known value', 'login as canary-known'],
    ['a setting', 'DB_PASSWORD=canary-2'],
    ['JSON', '{"apiKey": "canary-2"}'],
    ['an option', 'psql --password canary-2'],
    ['a header', 'Authorization: Bearer canary-2222'],
    ['an address', 'postgres://user:s3cret@db/x'],
    ['a key', '-----BEGIN RSA PRIVATE KEY-----\ncanary\n-----END RSA PRIVATE KEY-----'],
  ])('hides %s', (_name, text) => {
    expect(mask(text)).not.toMatch(/canary|s3cret/);
    expect(mask(text)).toContain('***');
  });

  test('leaves other texts as they are', () => {
    expect(mask('loaded 12 rows of prices in 3 s')).toBe('loaded 12 rows of prices in 3 s');
  });
});

const shell = (name: string, after: readonly string[] = []) => ({ name, type: 'SHELL', script: 'true', after });
const problemsOf = (data: unknown) => readWorkflows(data).problems.map(({ message }) => message);

describe('a workflow file', () => {
  test('is refused with a cycle, whose tasks are named in their order', () => {
    expect(problemsOf({ workflow: 'w', tasks: [shell('a', ['b']), shell('b', ['a'])] })).toEqual([
      'tasks wait for each other: a after b after a',
    ]);
  });

  test('is refused with tasks after none, twice, or chosen though they are not there', () => {
    expect(problemsOf({ workflow: 'w', tasks: [shell('fetch'), shell('load', ['fetsh'])] })).toEqual([
      'task "load" comes after an unknown task "fetsh" (did you mean "fetch"?)',
    ]);
    expect(problemsOf({ workflow: 'w', tasks: [shell('a'), shell('a')] })).toContain('a second task named "a"');
    const choose = { name: 'c', type: 'CONDITIONS', when: [{ task: 'a', is: 'SUCCESS' }], then: ['a1'], else: ['b'] };
    expect(problemsOf({ workflow: 'w', tasks: [shell('a'), shell('b'), choose] })).toEqual([
      'task "c" chooses an unknown task "a1" (did you mean "a"?)',
    ]);
  });

  test('is refused with a schedule that DolphinScheduler would refuse', () => {
    const w = { workflow: 'w', tasks: [shell('a')] };
    const cron = '0 0 2 * * ? *';
    expect(problemsOf({ ...w, online: false, schedule: { cron } })).toEqual([
      expect.stringContaining('while it is online'),
    ]);
    const until = '2019-01-01 00:00:00';
    expect(problemsOf({ ...w, schedule: { cron, until } })).toEqual(['must be later than `from`']);
    expect(problemsOf({ ...w, schedule: { cron, warning: 'ALL' } })).toEqual([expect.stringContaining('alertGroup')]);
  });

  test('of several, waits for no other that waits for it', () => {
    const waiting = (name: string, on: string) =>
      readWorkflows({ workflow: name, tasks: [{ name: 't', type: 'DEPENDENT', on: [{ workflow: on }] }] }).workflows;
    expect(workflowCycle([...waiting('a', 'b'), ...waiting('b', 'a')])).toEqual(['a', 'b', 'a']);
    expect(workflowCycle([...waiting('a', 'b'), ...waiting('b', 'c')])).toBeNull();
  });
});

/** Two workflows as DolphinScheduler exports them; the second waits for a task of the first. */
function exported(type = 'SHELL', definitionCode = '9007199254740993'): Json {
  const task = (code: string, name: string, of: string, params: string) =>
    `{"code":${code},"name":"${name}","taskType":"${of}","taskParams":${params},"isCache":"NO","failRetryTimes":"2"}`;
  const relation = (pre: string, post: string) => `{"preTaskCode":${pre},"postTaskCode":${post}}`;
  return parseJson(`[
    {"processDefinition":{"code":9007199254740993,"name":"load","globalParams":"[{\\"prop\\":\\"day\\"}]","releaseState":"ONLINE"},
     "taskDefinitionList":[${task('9007199254740995', 'one', type, '{"rawScript":"true"}')},${task('9007199254740997', 'two', 'SHELL', '{}')}],
     "processTaskRelationList":[${relation('0', '9007199254740995')},${relation('9007199254740995', '9007199254740997')}],"schedule":null},
    {"processDefinition":{"code":2,"name":"report","releaseState":"OFFLINE"},
     "taskDefinitionList":[${task('3', 'wait', 'DEPENDENT', `{"dependence":{"dependTaskList":[{"dependItemList":[{"projectCode":1,"definitionCode":${definitionCode},"depTaskCode":9007199254740997,"cycle":"day","dateValue":"today","state":null}]}]}}`)}],
     "processTaskRelationList":[${relation('0', '3')}]}
  ]`);
}

describe('an export of DolphinScheduler', () => {
  test('is read by names: codes beyond 2^53 that differ by two are two', () => {
    const { workflows, problems } = readWorkflows(exported());
    expect(problems).toEqual([]);
    expect(workflows).toMatchObject([
      {
        ...{ name: 'load', online: true, parameters: [{ prop: 'day' }] },
        tasks: [
          { name: 'one', after: [], settings: { failRetryTimes: 2 } },
          { name: 'two', after: ['one'] },
        ],
      },
      {
        ...{ name: 'report', online: false },
        tasks: [
          {
            params: {
              dependence: {
                dependTaskList: [
                  {
                    dependItemList: [
                      {
                        projectCode: { $project: null },
                        definitionCode: { $workflow: 'load', project: null },
                        depTaskCode: { $taskOf: 'two', workflow: 'load', project: null },
                      },
                    ],
                  },
                ],
              },
            },
          },
        ],
      },
    ]);
  });

  test('is refused with an unknown type of task, and with a workflow that it waits for and does not hold', () => {
    expect(problemsOf(exported('SHEL'))).toEqual([
      expect.stringMatching(/^unknown task type "SHEL" \(did you mean "SHELL"/),
    ]);
    expect(problemsOf(exported('SHELL', '77'))).toEqual([expect.stringContaining('the workflow of code 77')]);
    expect(problemsOf([])).toEqual(['holds no workflow']);
  });
});
