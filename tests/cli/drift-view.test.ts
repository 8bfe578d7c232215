import { describe, expect, test } from '@jest/globals';
import { driftLines } from '../../src/cli/view/drift.ts';
import { driftKey, driftSummary, type StepDrift } from '../../src/domain/drift.ts';
import { plain } from './support.ts';

const looked = (more: Partial<StepDrift> = {}): StepDrift => ({
  phase: 'data',
  step: 'apps',
  kind: 'kubernetes.apply',
  drifted: [],
  unchanged: 3,
  broken: [],
  failure: null,
  ...more,
});
const SINCE = '2026-02-01T00:00:00Z';
const field = (manager: string) => ({
  field: 'spec.replicas',
  before: '5',
  after: '3',
  by: [{ manager, since: SINCE }],
});
const web = (manager: string) =>
  ({ action: 'update', what: 'Deployment data/web', destructive: false, fields: [field(manager)] }) as const;

describe('what has become of a step', () => {
  test('is told by field, with who set it and since when', () => {
    expect(driftLines(looked({ drifted: [web('kubectl-edit')] }), plain)).toEqual([
      'data/apps (kubernetes.apply): 1 drifted, 3 as declared',
      '  update    Deployment data/web',
      '      spec.replicas: 5 -> 3',
      `        set by kubectl-edit, last at ${SINCE}`,
    ]);
  });

  test('says of a field that is as Windlass set it that the declaration has changed', () => {
    const lines = driftLines(looked({ drifted: [web('windlass')] }), plain);
    expect(lines.at(-1)?.trim()).toBe(`as Windlass set it, last at ${SINCE}: what is declared has changed`);
  });

  test('names claims that do not hold, and why it cannot be told', () => {
    const broken = driftLines(looked({ broken: [{ subject: 'bucket b', claim: 'exists', source: 's' }] }), plain);
    expect(broken).toEqual([
      'data/apps (kubernetes.apply): 1 claim does not hold, 3 as declared',
      '  does not hold: bucket b: exists',
    ]);
    const failure = { type: 'AccessDenied', message: 'No.', next: 'Ask.', retryable: false } as const;
    expect(driftLines(looked({ failure }), plain).join('\n')).toMatch(/cannot be told[^]*No\. \(AccessDenied\)/);
  });

  test('comes to one line', () => {
    expect(driftSummary([looked(), looked()])).toBe('Drift: none; 6 as declared');
    const failure = { type: 'AccessDenied', message: 'No.', next: 'Ask.', retryable: false } as const;
    const steps = [looked({ drifted: [web('x')] }), looked({ unchanged: 0, failure })];
    expect(driftSummary(steps)).toBe('Drift: 1 drifted (1 to update); 3 as declared; 1 of 2 steps cannot be told');
  });

  test('is the same drift whenever its manager wrote last, and another once a value or a claim is another', () => {
    const at = (since: string) => [
      looked({ drifted: [{ ...web('x'), fields: [{ ...field('x'), by: [{ manager: 'x', since }] }] }] }),
    ];
    expect(driftKey(at('2026-02-01T00:00:00Z'))).toBe(driftKey(at('2026-03-01T00:00:00Z')));
    expect(driftKey([looked(), ...at(SINCE)])).toBe(driftKey(at(SINCE)));
    const others = [
      [looked({ drifted: [{ ...web('x'), fields: [{ ...field('x'), before: '6' }] }] })],
      [looked({ drifted: [web('x')], broken: [{ subject: 'bucket b', claim: 'exists' }] })],
      [
        looked({
          drifted: [web('x')],
          failure: { type: 'AccessDenied', message: 'No.', next: 'Ask.', retryable: false },
        }),
      ],
      [],
    ];
    for (const other of others) expect(driftKey(other)).not.toBe(driftKey(at(SINCE)));
  });
});
