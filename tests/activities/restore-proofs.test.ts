import { describe, expect, test } from '@jest/globals';
import { withKnownProofs } from '../../src/activities/restore-proofs.ts';
import type { RecordEntry } from '../../src/domain/record-entry.ts';
import type { Step } from '../../src/domain/step.ts';

const AT = '2026-11-01T02:00:00.000Z';
const scope = { environment: 'prod', rollout: 'shop-restore' };

/** A step that claims these backups as proven, by the record of a rollout or of its own. */
function restoring(claims: readonly { readonly backup: string; readonly of?: string }[]): Step {
  const recordedProofs = claims.map((one) => ({ ...one, at: '2026-11-30T00:00:00.000Z', by: 'backup/drill' }));
  return { name: 'restore', kind: 'velero.restore', target: 'cluster', with: { recordedProofs } } as unknown as Step;
}

/** A record in which a drill of `shop` came to these verdicts, one after the other. */
function recordOf(...verdicts: readonly (readonly [string, 'proven' | 'failed'])[]) {
  const entries = verdicts.map(([backup, verdict], index): RecordEntry => {
    const time = `2026-11-0${String(index + 1)}T02:00:00.000Z`;
    const of = { environment: 'prod', rollout: 'shop', run: 'r', bundle: 'b', phase: 'backup', step: 'nightly' };
    return { id: String(index), time, scope: of, body: { type: 'drill', verdict: { verdict, backup } } } as RecordEntry;
  });
  return {
    read: ({ rollout }: { readonly rollout?: string }) =>
      Promise.resolve({ entries: rollout === 'shop' ? entries : [], damaged: [] }),
  };
}

async function proofsOf(record: ReturnType<typeof recordOf>, step: Step) {
  const known = await withKnownProofs(record, scope, step);
  return known.kind === 'velero.restore' ? known.with.recordedProofs : null;
}

describe('proofs that a restore claims to have on record', () => {
  test('count where the record has them, with what the record says', async () => {
    await expect(proofsOf(recordOf(['one', 'proven']), restoring([{ backup: 'one', of: 'shop' }]))).resolves.toEqual([
      { backup: 'one', at: AT, by: 'backup/nightly of shop', of: 'shop' },
    ]);
  });

  test('count for nothing where nobody recorded them, or another rollout did', async () => {
    await expect(proofsOf(recordOf(['one', 'proven']), restoring([{ backup: 'two', of: 'shop' }]))).resolves.toEqual(
      [],
    );
    await expect(proofsOf(recordOf(['one', 'proven']), restoring([{ backup: 'one' }]))).resolves.toEqual([]);
  });

  test('count for nothing once a later drill refuted the backup', async () => {
    const record = recordOf(['one', 'proven'], ['one', 'failed']);
    await expect(proofsOf(record, restoring([{ backup: 'one', of: 'shop' }]))).resolves.toEqual([]);
  });

  test('are not looked for where none is claimed, nor for other steps', async () => {
    const record = { read: () => Promise.reject(new Error('asked')) };
    await expect(proofsOf(record as never, restoring([]))).resolves.toEqual([]);
    const other = { name: 'x', kind: 'approval' } as unknown as Step;
    await expect(withKnownProofs(record as never, scope, other)).resolves.toBe(other);
  });
});
