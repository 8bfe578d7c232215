import { describe, expect, test } from '@jest/globals';
import type { Proof } from '../../src/domain/drill/verdict.ts';
import { missingProof } from '../../src/domain/interlock.ts';

const NOW = Date.parse('2026-01-02T00:00:00Z');
const proof = (at: string, drill = 'backup/drill'): Proof => ({ backup: `of-${at}`, at, drill });
const young = '2026-01-01T12:00:00Z';
const old = '2025-12-31T23:59:59Z';

describe('the interlock', () => {
  test('misses nothing while the youngest proven backup is younger than its limit', () => {
    expect(missingProof({ provenWithin: '24h' }, [proof(young), proof(old)], NOW)).toBeNull();
  });

  test('says how old the youngest proven one is, or that there is none', () => {
    expect(missingProof({ provenWithin: '24h' }, [proof(old)], NOW)).toBe(
      `no backup proven within 24h (newest: of-${old} of ${old}, by backup/drill)`,
    );
    expect(missingProof({ provenWithin: '24h' }, [], NOW)).toBe('no backup proven within 24h (none was ever proven)');
  });

  test('counts a backup from when it was made: at its limit it is too old', () => {
    expect(missingProof({ provenWithin: '12h' }, [proof(young)], NOW)).not.toBeNull();
    expect(missingProof({ provenWithin: '13h' }, [proof(young)], NOW)).toBeNull();
  });

  test('that names drills asks for a proof of each, and says which is missing', () => {
    const interlock = { provenWithin: '24h', drills: ['backup/drill', 'backup/data'] };
    expect(missingProof(interlock, [proof(young), proof(young, 'backup/data')], NOW)).toBeNull();
    expect(missingProof(interlock, [proof(young)], NOW)).toBe(
      'no backup of backup/data proven within 24h (none was ever proven)',
    );
  });
});
