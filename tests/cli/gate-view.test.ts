import { describe, expect, test } from '@jest/globals';
import { gateLines } from '../../src/cli/view/gate.ts';
import { gate, plain, plan } from './support.ts';

describe('an open gate as it is shown before a decision', () => {
  test('says why, who may decide, until when, what changes and how it can be undone', () => {
    const lines = gateLines(gate({ approvers: ['platform'], expiresAt: '2026-01-01T04:00:00.000Z' }), plain);
    expect(lines).toEqual([
      'Open gate: backup/bucket: Makes a bucket.',
      'To be decided by platform until 2026-01-01T04:00:00.000Z. Changes cccccccccccc:',
      '  create    bucket backups',
      '  Undo: Delete the bucket by hand.',
    ]);
  });

  test('says how many changes it does not show', () => {
    expect(gateLines(gate({ plan: plan({}, { more: 7 }) }), plain)).toContain('  and 7 more');
  });

  test('shows every change with its details where they are at hand, and marks what destroys', () => {
    const changes = [
      { action: 'replace', what: 'StatefulSet data/zk', destructive: true, detail: ['spec: a -> b'] },
      { action: 'unchanged', what: 'Service data/zk', destructive: false },
    ] as const;
    const lines = gateLines(gate({ plan: plan({}, { more: 1 }) }), plain, changes);
    expect(lines).toContain('  replace   StatefulSet data/zk [destroys data]');
    expect(lines).toContain('      spec: a -> b');
    expect(lines.join('\n')).not.toMatch(/Service|more/);
  });

  test('is broken at words where the terminal is narrower than its reason and its changes, each under what it belongs to', () => {
    const changes = [
      { action: 'delete', what: 'Claim data/zk-0', destructive: true, detail: ['its volume and all data on it go'] },
    ] as const;
    const asked = gate({ reason: 'Makes Zookeeper anew, with empty volumes, since it cannot read them.' });
    expect(gateLines(asked, plain, changes, 36)).toEqual([
      'Open gate: backup/bucket: Makes',
      '    Zookeeper anew, with empty',
      '    volumes, since it cannot read',
      '    them.',
      'To be decided by anyone. Changes',
      '    cccccccccccc:',
      '  delete    Claim data/zk-0',
      '      [destroys data]',
      '      its volume and all data on it',
      '          go',
      '  Undo: Delete the bucket by hand.',
    ]);
  });

  test('a bare approval has no changes', () => {
    expect(gateLines(gate({ plan: null }), plain)).toContain('  (none: a bare approval)');
  });
});
