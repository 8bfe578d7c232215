import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { countsFor, lackingApprovals, ownQuorum, quorumWords } from '../../src/domain/quorum.ts';

const groups = { platform: ['ada', 'grace'], security: ['grace', 'edsger'], nobody: [] };
const quorumOf = (asked: Parameters<typeof ownQuorum>[0], demands: Parameters<typeof ownQuorum>[1] = []) =>
  ownQuorum(asked, demands, groups) ?? [];

describe('what several approvals must come to', () => {
  test('is nothing where one will do, by the rollout and by the policy', () => {
    expect(ownQuorum(undefined, [], groups)).toBeNull();
    expect(ownQuorum({ approvers: ['platform'], required: 1 }, [{}], groups)).toBeNull();
    expect(ownQuorum(undefined, [{ required: 2 }], groups)).toEqual([{ of: 'anyone', among: null, count: 1 }]);
  });

  test('is so many persons of those named, however they spell themselves', () => {
    const quorum = quorumOf({ approvers: ['platform', 'linus'], required: 2 });
    expect(quorumWords(quorum)).toBe('2 of platform or linus');
    expect(lackingApprovals(quorum, ['ada', 'ADA', 'edsger'])).toBe('1 more of platform or linus');
    expect(lackingApprovals(quorum, ['ada', 'Linus'])).toBeNull();
  });

  test('is somebody of each group, who may be one person', () => {
    const quorum = quorumOf({ approvers: [], all: ['platform', 'security'] });
    expect(lackingApprovals(quorum, ['zoe'])).toBe('1 more of platform and 1 more of security');
    expect(lackingApprovals(quorum, ['ada'])).toBe('1 more of security');
    expect(lackingApprovals(quorum, ['grace'])).toBeNull();
    expect(lackingApprovals(quorumOf({ approvers: [], required: 2, all: ['security'] }), ['grace'])).toBe(
      '1 more of anyone',
    );
  });

  test('is met by nobody where a group is empty', () => {
    const quorum = quorumOf({ approvers: ['nobody'], required: 2 });
    expect(countsFor(quorum, 'nobody')).toBe(false);
    expect(lackingApprovals(quorum, ['nobody', 'ada'])).toBe('2 more of nobody');
  });

  test('names no member of a group that is called like a thing of the language', () => {
    expect(countsFor(quorumOf({ approvers: ['constructor'], required: 2 }), 'ada')).toBe(false);
  });

  test('lacks no more when somebody else approves, in whatever order', () => {
    const name = fc.constantFrom('ada', 'grace', 'edsger', 'linus', 'Grace');
    const asked = fc.record({
      approvers: fc.array(fc.constantFrom('platform', 'security', 'linus'), { maxLength: 2 }),
      required: fc.integer({ min: 1, max: 3 }),
      all: fc.array(fc.constantFrom('platform', 'security'), { maxLength: 2 }),
    });
    fc.assert(
      fc.property(asked, fc.array(name, { maxLength: 6 }), name, (of, approved, another) => {
        const quorum = quorumOf(of);
        if (lackingApprovals(quorum, approved) !== null) return;
        expect(lackingApprovals(quorum, [...approved, another])).toBeNull();
        expect(lackingApprovals(quorum, approved.toReversed())).toBeNull();
      }),
    );
  });
});
