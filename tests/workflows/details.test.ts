import { describe, expect, test } from '@jest/globals';
import { phaseState, type PhaseStatus, type StepStatus } from '../../src/domain/status.ts';
import { LONGEST_PAGE, phaseDetails, rolloutDetails } from '../../src/workflows/details.ts';
import { gate, plan, status, step } from '../cli/support.ts';

const time = '2026-11-29T12:03:04.000Z';
const phase = (name: string, steps: readonly StepStatus[], more: Partial<PhaseStatus> = {}): PhaseStatus => ({
  name,
  state: phaseState(steps),
  steps,
  ...more,
});
/** Names as long as rollouts may have them. */
const long = (prefix: string, at: number) => `${prefix}-${String(at).padStart(3, '0')}`.padEnd(63, 'x');
const at = (phaseName: string, name: string, more: Parameters<typeof gate>[0] = {}): StepStatus =>
  step(name, 'gate', { gate: gate({ phase: phaseName, step: name, ...more }), startedAt: time });
/** Lines within fences. */
const fencedLines = (page: string): string[] =>
  page.split(/^```\w*$/m).flatMap((part, index) => (index % 2 === 1 ? part.trim().split('\n') : []));
const encoded = (page: string): number => encodeURIComponent(page).length;

describe('the page of a rollout', () => {
  const waiting = at('backup', 'bucket', {
    expiresAt: time,
    plan: plan(
      { create: 1 },
      { lines: ['create    Deployment data-platform/dolphinscheduler-alert-server (STAND-IN)'] },
    ),
  });
  const phases = [
    phase('foundation', [step('databases', 'done', { startedAt: time, endedAt: '2026-11-29T12:04:09.000Z' })]),
    phase('backup', [step('location', 'pending'), waiting]),
  ];

  test('has what waits on top, and a line for each step with glyph, name, state and time', () => {
    const page = rolloutDetails(status('blocked', phases));
    expect(page).toContain('3 steps: 1 waiting for approval, 1 done, 1 pending.');
    expect(page.indexOf('Open gate: backup/bucket')).toBeLessThan(page.indexOf('✓ foundation'));
    expect(page).toContain(
      [
        '✓ foundation   done     1 min 5 s',
        '  ✓ databases  done     1 min 5 s',
        '◆ backup       blocked  since 11-29 12:03',
        '  · location   pending',
        '  ◆ bucket     gate     since 11-29 12:03',
      ].join('\n'),
    );
  });

  test('breaks changes and commands into lines that the panel holds, and cuts none off', () => {
    const page = rolloutDetails(status('blocked', phases));
    expect(fencedLines(page).filter(({ length }) => length > 60)).toEqual([]);
    expect(fencedLines(page).join(' ').replaceAll(/\s+/g, ' ')).toContain(
      'create Deployment data-platform/dolphinscheduler-alert-server (STAND-IN)',
    );
    expect(page).toContain('windlass approve platform backup/bucket --environment lab');
    const named = at('p'.repeat(63), 's'.repeat(63));
    const wide = rolloutDetails(status('blocked', [phase('p'.repeat(63), [named])]));
    expect(wide).toContain(`${'s'.repeat(63)} \\\n  --environment lab`);
  });

  test('has the document to send as one piece of code that can be copied, whatever is in it', () => {
    const waives = 'no  backup `proven` | within ``24h``';
    const page = rolloutDetails(status('blocked', [phase('data', [at('data', 'schema', { waives, opening: 2 })])]));
    const [, fence = '', json = ''] = /^(`+)(\{.*\})\1$/m.exec(page) ?? [];
    // As a browser shows it: blanks side by side are one.
    expect(JSON.parse(json.replaceAll(/ +/g, ' '))).toEqual({
      ...{ verdict: 'approve', bundle: 'b'.repeat(64), run: 'run-1', phase: 'data', step: 'schema' },
      ...{ changeDigest: 'c'.repeat(64), opening: 2, by: 'YOU', comment: 'WHY', waives, signature: '' },
    });
    expect(json).not.toContain(fence);
  });

  test('is no markup where people wrote something', () => {
    const reason = '<img src=x> ```\n# Done\n[here](http://evil) **all**';
    const page = rolloutDetails(status('blocked', [phase('data', [at('data', 'schema', { reason })])]));
    expect(page).not.toMatch(/<img|^# Done|\[here\]|\*\*all/m);
    expect(page).toContain('&lt;img');
  });

  test('shows of a phase that goes on what the rollout is told of, and where the rest is', () => {
    const steps = [step('a', 'pending'), step('b', 'parked', { startedAt: time }), step('c', 'pending')];
    const page = rolloutDetails(status('running', [phase('data', steps, { state: 'running', run: 'r' })]));
    expect(page).toContain(
      '▸ data  running  since 11-29 12:03\n  ! b   parked   since 11-29 12:03\n    2 more on the page of the phase',
    );
    expect(page).toContain('3 steps: 1 parked, 2 in phases that go on.');
  });

  test.each([
    ['pending', () => step('s', 'pending')],
    ['done', () => step('s', 'done', { startedAt: time, endedAt: time })],
    ['applying', () => step('s', 'applying', { startedAt: time })],
  ])('of 120 steps that are %s folds to what fits', (_, one) => {
    const rollout = Array.from({ length: 6 }, (_none, p) =>
      phase(
        long('phase', p),
        Array.from({ length: 20 }, (_same, s) => ({ ...one(), name: long('step', s) })),
      ),
    );
    const page = rolloutDetails(status('running', rollout));
    expect(encoded(page)).toBeLessThanOrEqual(LONGEST_PAGE);
    expect(fencedLines(page).length).toBeLessThanOrEqual(30);
    expect(fencedLines(page).filter(({ length }) => length > 60)).toEqual([]);
  });

  test.each([1, 2, 3, 120])('of 120 steps tells %i that wait in full or by name, within its length', (count) => {
    const lines = Array.from({ length: 12 }, (_none, line) => `create    ${'Ж'.repeat(300)} ${String(line)}`);
    const open = {
      reason: '😀 & <reason> '.repeat(400),
      plan: plan({ create: 12 }, { lines, more: 7 }),
      waives: 'ü'.repeat(900),
    };
    const steps = Array.from({ length: 120 }, (_none, s) =>
      s < count
        ? at('crowd', long('step', s), { ...open, approvers: ['ß'.repeat(2_000)] })
        : step(long('step', s), 'pending'),
    );
    const measures = Array.from({ length: 40 }, (_none, m) => ({
      name: `m${String(m)}`,
      title: '漢'.repeat(80),
      before: null,
      after: null,
    }));
    const page = rolloutDetails({ ...status('blocked', [phase('crowd', steps)]), measures });
    expect(encoded(page)).toBeLessThanOrEqual(LONGEST_PAGE);
    expect(page).toContain('step-000');
    expect(page).toContain(`120 steps: ${String(count)} waiting for approval`);
  });

  test('tells gates in full as long as there is room, and names the others', () => {
    const steps = Array.from({ length: 9 }, (_none, s) => at('crowd', `gate-${String(s)}`));
    const page = rolloutDetails(status('blocked', [phase('crowd', steps)]));
    const full = page.match(/^### Open gate/gm)?.length ?? 0;
    expect(full).toBeGreaterThan(0);
    expect(page).toContain(`Also waiting: \`crowd/gate-${String(full)}\``);
    expect(page).toContain('`windlass status platform --environment lab` tells all of it.');
  });
});

describe('the page of a phase', () => {
  test('lists its steps, and folds 120 of them', () => {
    const steps = Array.from({ length: 120 }, (_none, s) => step(long('step', s), s === 77 ? 'applying' : 'done'));
    const page = phaseDetails(phase('crowd', steps));
    expect(page).toContain('120 steps: 1 applying, 119 done.');
    expect(page).toContain(`▸ ${long('step', 77).slice(0, 30)}`);
    expect(encoded(page)).toBeLessThanOrEqual(LONGEST_PAGE);
    expect(fencedLines(phaseDetails(phase('few', steps.slice(0, 20))))).toHaveLength(21);
  });
});
