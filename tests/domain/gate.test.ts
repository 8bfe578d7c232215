import { describe, expect, test } from '@jest/globals';
import { denialOf, signedText, type Decision, type DecisionContext, type OpenGate } from '../../src/domain/gate.ts';

const gate: OpenGate = {
  phase: 'backup',
  step: 'bucket',
  reason: 'It stays.',
  approvers: ['platform', 'carol'],
  changeDigest: 'c'.repeat(64),
  destructiveDigest: 'd'.repeat(64),
  plan: null,
  openedAt: '2026-01-01T00:00:00.000Z',
  expiresAt: null,
};
const context: DecisionContext = {
  bundle: 'b'.repeat(64),
  run: 'run-1',
  startedBy: 'alice',
  gates: [gate],
  groups: { platform: ['alice', 'bob'], data: ['dave'] },
  selfApproval: false,
};
const decision: Decision = {
  verdict: 'approve',
  bundle: context.bundle,
  run: context.run,
  phase: 'backup',
  step: 'bucket',
  changeDigest: gate.changeDigest,
  by: 'bob',
  comment: '',
  signature: '',
};

describe('a decision', () => {
  test.each<[string, Partial<Decision>, Partial<DecisionContext>]>([
    ['of a member of an approver group', {}, {}],
    ['of somebody named as approver', { by: 'carol' }, {}],
    ['of anybody where a gate names nobody', { by: 'zoe' }, { gates: [{ ...gate, approvers: [] }] }],
    ['of who started it, where the environment lets that be', { by: 'alice' }, { selfApproval: true }],
    ['to reject, of who started it', { by: 'alice', verdict: 'reject' }, {}],
  ])('%s stands', (_what, more, around) => {
    expect(denialOf({ ...decision, ...more }, { ...context, ...around })).toBeNull();
  });

  test.each<[string, Partial<Decision>, Partial<DecisionContext>, RegExp]>([
    [
      'over another bundle',
      { bundle: 'a'.repeat(64) },
      {},
      /for bundle aaaaaaaaaaaa, this rollout carries bbbbbbbbbbbb/,
    ],
    ['for another run', { run: 'run-0' }, {}, /for run run-0, the running one is run-1/],
    ['for a gate that is not open', { step: 'other' }, {}, /no gate is open at backup\/other/],
    ['for a gate that closed', {}, { gates: [] }, /no gate is open at backup\/bucket/],
    ['over other changes than the gate waits on', { changeDigest: 'e'.repeat(64) }, {}, /eeeeeeeeeeee.*cccccccccccc/],
    ['of nobody', { by: '' }, { gates: [{ ...gate, approvers: [] }] }, /does not say by whom/],
    ['of somebody who is no approver', { by: 'dave' }, {}, /dave is not an approver/],
    [
      'at a gate for a group that every object seems to have',
      { by: 'dave' },
      { gates: [{ ...gate, approvers: ['constructor', '__proto__', 'toString'] }] },
      /dave is not an approver/,
    ],
    ['of somebody called like a group', { by: 'data' }, {}, /data is a group here, and nobody who could decide/],
    ['of somebody called almost like a group', { by: 'Ｄata' }, {}, /Ｄata is a group here/],
    [
      'of somebody called like a group that the gate names',
      { by: 'data' },
      { gates: [{ ...gate, approvers: ['data'] }] },
      /data is a group here/,
    ],
    ['of who started it', { by: 'alice' }, {}, /nobody approve what they started/],
    ['of who started it, in capitals', { by: 'ALICE' }, {}, /nobody approve what they started/],
  ])('%s is denied with the reason', (_what, more, around, reason) => {
    expect(denialOf({ ...decision, ...more }, { ...context, ...around })).toMatch(reason);
  });

  test('is compared letter by letter in a rollout of before names had a normal form', () => {
    const open = { ...context, gates: [{ ...gate, approvers: [] }] };
    expect(denialOf({ ...decision, by: 'ALICE' }, { ...open, exactNames: true })).toBeNull();
    expect(denialOf({ ...decision, by: 'ALICE' }, open)).not.toBeNull();
  });

  test('is signed over everything but its signature, in whatever order it was written', () => {
    const { signature, ...rest } = decision;
    const to = { kind: 'decision', environment: 'lab', rollout: 'platform' } as const;
    expect(signedText(to, { signature: 'other', ...rest })).toBe(signedText(to, { ...rest, signature }));
    const changed: Decision = { ...decision, comment: 'changed' };
    expect(signedText(to, changed)).not.toBe(signedText(to, decision));
  });

  test('says itself for which opening of its gate it is, where gates count them', () => {
    const second = { ...context, gates: [{ ...gate, opening: 2 }] };
    expect(denialOf({ ...decision, opening: 2 }, second)).toBeNull();
    for (const earlier of [{ ...decision, opening: 1 }, decision])
      expect(denialOf(earlier, second)).toMatch(/another opening of the gate at .* number 2/);
  });
});

describe('a gate at which something is waived', () => {
  const waives = 'no backup proven within 24h (none was ever proven)';
  const waiving = { ...context, gates: [{ ...gate, waives }] };

  test('takes the approval of who says the same words, and why', () => {
    expect(denialOf({ ...decision, waives, comment: 'nobody needs the table' }, waiving)).toBeNull();
  });

  test.each<[string, Partial<Decision>, RegExp]>([
    ['says nothing of it', { comment: 'go' }, /waives what bob was not shown: no backup/],
    ['waives something else', { comment: 'go', waives: 'no backup proven within 1h' }, /was not shown/],
    ['does not say why', { waives, comment: ' ' }, /does not say why: it needs a comment/],
  ])('denies an approval that %s', (_what, more, reason) => {
    expect(denialOf({ ...decision, ...more }, waiving)).toMatch(reason);
  });

  test('takes a rejection without a word of it', () => {
    expect(denialOf({ ...decision, verdict: 'reject' }, waiving)).toBeNull();
  });

  test('is told from one that has nothing to waive: an approval that waives is denied there', () => {
    expect(denialOf({ ...decision, waives, comment: 'go' }, context)).toMatch(/nothing to waive/);
  });
});
