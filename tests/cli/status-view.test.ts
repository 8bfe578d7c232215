import { describe, expect, test } from '@jest/globals';
import { changedLines } from '../../src/cli/view/changed.ts';
import { fittingLines, SCREEN, statusLines } from '../../src/cli/view/status.ts';
import { phaseState, type StepStatus } from '../../src/domain/status.ts';
import { gate, plain, plan, status, step } from './support.ts';

const NOW = Date.parse('2026-01-01T00:01:00.000Z');
const from = (second: number) => `2026-01-01T00:00:${String(second).padStart(2, '0')}.000Z`;

const blocked = status('blocked', [
  {
    name: 'foundation',
    state: 'done',
    steps: [
      step('databases', 'done', { plan: plan({ create: 4 }), startedAt: from(0), endedAt: from(2) }),
      step('schema', 'unchanged', { plan: plan({ unchanged: 3 }), startedAt: from(2), endedAt: from(5) }),
    ],
  },
  { name: 'backup', state: 'blocked', steps: [step('bucket', 'gate', { gate: gate(), startedAt: from(50) })] },
]);

describe('the table of a rollout', () => {
  test('shows phases and steps with their plan and time, in straight columns', () => {
    const table = statusLines(blocked, NOW, plain).slice(2, 7);
    expect(table).toEqual([
      '✓ foundation          done                             5.0 s',
      '  ✓ databases  probe  done                4 created    2.0 s',
      '  = schema     probe  unchanged           3 unchanged  3.0 s',
      '◆ backup              blocked                          10.0 s',
      '  ◆ bucket     probe  waits for approval               10.0 s',
    ]);
  });

  test('names who decided, why, and what was waived', () => {
    const decidedBy = 'approved by ada: it is empty, waived: no backup proven within 24h (none was ever proven)';
    const steps = [step('schema', 'done', { decidedBy }), step('bucket', 'done')];
    const lines = statusLines(status('done', [{ name: 'data', state: 'done', steps }]), NOW, plain);
    expect(lines).toContain(`data/schema: ${decidedBy}`);
    expect(lines.join('\n')).not.toContain('data/bucket:');
  });

  test('says who has paused it, what still ends, and how it goes on', () => {
    const paused = { by: 'ada', comment: 'the network is moved', since: from(1) };
    const steps = [step('schema', 'applying', { startedAt: from(0) }), step('bucket', 'pending')];
    const of = { ...status('paused', [{ name: 'data', state: 'running', steps }]), pauses: 1, paused };
    const text = statusLines(of, NOW, plain).join('\n');
    expect(text).toContain('‖ paused');
    expect(text).toContain(`Paused by ada since ${from(1)}: the network is moved. Nothing new begins. 1 step(s) end`);
    expect(text).toContain('windlass resume platform --environment lab');
  });

  test('says what approving waives, and that it must be said why', () => {
    const waives = 'no backup proven within 24h (none was ever proven)';
    const steps = [step('schema', 'gate', { gate: gate({ phase: 'data', step: 'schema', waives }) })];
    const text = statusLines(status('blocked', [{ name: 'data', state: 'blocked', steps }]), NOW, plain).join('\n');
    expect(text).toContain(`Approving waives: ${waives}. Say why with --comment.`);
    expect(text).toContain('windlass approve platform data/schema --environment lab --comment WHY');
  });

  test('names what blocks, why, and the exact command that approves it', () => {
    const text = statusLines(blocked, NOW, plain).join('\n');
    expect(text).toContain('Open gate: backup/bucket: Makes a bucket.');
    expect(text).toContain('create    bucket backups');
    expect(text).toContain('windlass approve platform backup/bucket --environment lab');
  });

  test('tells why a step is parked and how to go on', () => {
    const failure = { type: 'SqlFailed', message: 'The table exists.', next: 'Drop it.', retryable: false } as const;
    const text = statusLines(
      status('blocked', [{ name: 'foundation', state: 'blocked', steps: [step('schema', 'parked', { failure })] }]),
      NOW,
      plain,
    ).join('\n');
    expect(text).toContain('Parked: foundation/schema: error: The table exists. (SqlFailed)');
    expect(text).toContain('next:  Drop it.');
    expect(text).toContain('windlass retry platform foundation/schema --environment lab');
  });

  test('cuts a message that would fill the screen, and says where it is whole', () => {
    const message = `The server refused: ${'x'.repeat(5_000)} END`;
    const failure = { type: 'SqlFailed', message, next: 'Drop it.', retryable: false } as const;
    const parked = [step('schema', 'parked', { failure })];
    const phases = [{ name: 'foundation', state: 'blocked', steps: parked }] as const;
    for (const shown of [status('blocked', [...phases]), { ...status('failed', []), failure }]) {
      const text = statusLines(shown, NOW, plain).join('\n');
      expect(text).toMatch(/error: The server refused: x+… \(SqlFailed\)/);
      expect(text).not.toContain('END');
      expect(text.length).toBeLessThan(2_000);
      expect(text).toContain('the whole message: windlass report platform --environment lab');
      expect(text).toContain('next:  Drop it.');
    }
  });

  test('a running step counts on, a pending one shows no time', () => {
    const lines = statusLines(
      status('running', [
        {
          name: 'p',
          state: 'running',
          steps: [step('a', 'applying', { startedAt: from(30) }), step('b', 'pending')],
        },
      ]),
      NOW,
      plain,
    );
    expect(lines).toContainEqual(expect.stringMatching(/▸ a .*30\.0 s$/));
    expect(lines).toContainEqual(expect.stringMatching(/· b .*pending$/));
  });
});

describe('the lines of a log', () => {
  test('the first look tells every step that has begun, and the state of the rollout', () => {
    expect(changedLines(null, blocked, NOW)).toEqual([
      'foundation/databases: done (4 created) after 2.0 s',
      'foundation/schema: unchanged (3 unchanged) after 3.0 s',
      'backup/bucket: waits for approval',
      '  Makes a bucket. windlass approve platform backup/bucket --environment lab',
      'platform → lab: blocked',
    ]);
  });

  test('the same once more tells nothing', () => {
    expect(changedLines(blocked, blocked, NOW)).toEqual([]);
  });
});

describe('a large rollout', () => {
  const steps = (phase: string, count: number, ...more: StepStatus[]) => [
    ...Array.from({ length: count }, (_none, at) =>
      step(`${phase}-step-${String(at)}-with-a-name`, 'unchanged', {
        kind: 'kubernetes.apply',
        plan: plan({ unchanged: 40 }),
      }),
    ),
    ...more,
  ];
  const phaseOf = (name: string, some: readonly StepStatus[]) => ({ name, state: phaseState(some), steps: some });
  const open = (name: string) =>
    step(name, 'gate', { gate: gate({ phase: 'backup', step: name }), startedAt: from(1) });
  const large = status('blocked', [
    phaseOf('foundation', steps('foundation', 40)),
    phaseOf(
      'backup',
      steps('backup', 20, open('bucket'), open('vault'), step('copy', 'applying', { startedAt: from(2) })),
    ),
    phaseOf(
      'later',
      Array.from({ length: 30 }, (_none, at) => step(`later-${String(at)}`, 'pending')),
    ),
  ]);

  test.each([8, 12, 23, 50])('fits %i lines of a terminal, what waits and what runs among them', (rows) => {
    const lines = fittingLines(large, NOW, plain, 'commands', { rows });
    expect(lines.length).toBeLessThanOrEqual(rows);
    const text = lines.join('\n');
    for (const urgent of ['◆ ', 'bucket', 'vault', '▸ ', 'copy']) expect(text).toContain(urgent);
  });

  test('says in a small terminal how to approve, and in a large one what', () => {
    const small = fittingLines(large, NOW, plain, 'commands', { rows: 15 }).join('\n');
    expect(small).toContain('windlass approve platform backup/bucket --environment lab');
    expect(small).not.toContain('Makes a bucket.');
    expect(fittingLines(large, NOW, plain, 'commands', { rows: 60 }).join('\n')).toContain('Makes a bucket.');
  });

  test('is shown whole where there is room', () => {
    expect(fittingLines(blocked, NOW, plain, 'commands', { rows: 40 })).toEqual(statusLines(blocked, NOW, plain));
  });

  test('has a table that fits the width of the terminal, names and states before kinds and changes', () => {
    const table = (width: number) =>
      statusLines(large, NOW, plain, 'table only', { lines: Infinity, width }).slice(2, 90);
    for (const width of [60, 80, 100])
      expect(Math.max(...table(width).map(({ length }) => length))).toBeLessThanOrEqual(width);
    expect(table(70)[1]).toContain('= foundation-step-0-with-a-name  ');
    expect(table(70)[1]).toContain('unchanged');
  });

  test('counts what is unchanged, and folds a phase in which nothing else is', () => {
    const lines = statusLines(large, NOW, plain, 'table only', SCREEN);
    expect(lines[2]).toMatch(/^✓ foundation +done +40 unchanged$/);
    expect(lines).toContain('    20 more: 20 unchanged');
    expect(lines.join('\n')).not.toContain('foundation-step');
  });
});
