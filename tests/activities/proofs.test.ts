import { describe, expect, test } from '@jest/globals';
import { proofActivities } from '../../src/activities/proofs.ts';
import { MockActivityEnvironment } from '@temporalio/testing';
import { WindlassFailure } from '../../src/domain/failure.ts';
import type { DamagedEntry } from '../../src/domain/damage.ts';
import { freshnessWords } from '../../src/domain/drill/freshness.ts';
import type { Bundle } from '../../src/domain/bundle.ts';
import { unfinished, type DrillVerdict } from '../../src/domain/drill/verdict.ts';
import type { RecordBody, RecordEntry } from '../../src/domain/record-entry.ts';

const ref = {
  scope: { environment: 'lab', rollout: 'platform', run: 'r', bundle: 'b' },
  phase: 'backup',
  step: 'drill',
};

const LOST: DamagedEntry = {
  environment: 'lab',
  rollout: 'platform',
  run: 'r',
  type: 'drill',
  object: 'record/lab/platform/r/ids/drill-1',
  damage: 'gone',
  why: 'names an entry that is gone',
};

function entry(body: RecordBody, step = 'drill'): RecordEntry {
  return { id: '', time: new Date().toISOString(), scope: { ...ref.scope, phase: 'backup', step }, body };
}

function proven(hoursAgo: number): RecordBody {
  const backedUpAt = new Date(Date.now() - hoursAgo * 3_600_000).toISOString();
  const verdict: DrillVerdict = {
    ...unfinished('failed', null),
    verdict: 'proven',
    backup: `b${hoursAgo}`,
    backedUpAt,
  };
  return { type: 'drill', verdict };
}

function activities(
  entries: readonly RecordEntry[],
  more: Pick<Bundle, 'interlock'> = { interlock: { provenWithin: '24h' } },
  damaged: readonly DamagedEntry[] = [],
  there: (drill: string, backup: string) => boolean = () => true,
) {
  const step = { name: 'drill', kind: 'velero.drill', with: { maxAge: '1h' } };
  const bundle = { ...more, phases: [{ name: 'backup', steps: [step] }] } as unknown as Bundle;
  const all = entries.flatMap(({ body }) =>
    body.type === 'drill' && body.verdict.backup ? [body.verdict.backup] : [],
  );
  return proofActivities({
    provenThere: (_bundle, drill) =>
      Promise.resolve().then(() => new Set(all.filter((backup) => there(drill, backup)))),
    openBundle: () => Promise.resolve({ bundle, files: {} as never }),
    record: {
      read: ({ types }) =>
        Promise.resolve({ entries: entries.filter(({ body }) => types?.includes(body.type)), damaged }),
    },
  });
}

describe('what the record says before data is destroyed', () => {
  test('is that nothing is missing while a proven backup is young enough', async () => {
    expect(await activities([entry(proven(23)), entry(proven(30))]).missingProof(ref)).toBeNull();
  });

  test('names the newest proof that is too old', async () => {
    expect(await activities([entry(proven(25)), entry(proven(30))]).missingProof(ref)).toMatch(
      /^no backup proven within 24h \(newest: b25 of /,
    );
  });

  test('names a verdict that does not read, and may prove what is missing', async () => {
    const missing = await activities([entry(proven(25))], undefined, [LOST]).missingProof(ref);
    expect(missing).toMatch(/^no backup proven within 24h \(newest: b25 of .*1 of the record's entries does not read/);
    expect(missing).toContain('record/lab/platform/r/ids/drill-1 names an entry that is gone');
    expect(await activities([entry(proven(23))], undefined, [LOST]).missingProof(ref)).toBeNull();
  });

  test('counts no proof of a backup that the cluster does not have, and says which', async () => {
    const entries = [entry(proven(1)), entry(proven(2), 'other')];
    const only = (...drills: string[]) => activities(entries, undefined, [], (drill) => drills.includes(drill));
    expect(await only().missingProof(ref)).toBe(
      'no backup proven within 24h (none was ever proven); the cluster of backup/drill has no b1 that is marked as proven',
    );
    expect(await only('backup/other').missingProof(ref)).toBeNull();
    const ofOne = { interlock: { provenWithin: '24h', drills: ['backup/drill'] } };
    const one = activities(entries, ofOne, [], (drill) => drill === 'backup/other');
    expect(await one.missingProof(ref)).toMatch(/^no backup of backup\/drill proven .* has no b1 /);
  });

  test('is asked again of a cluster that does not answer, and says so at last', async () => {
    const silent = activities([entry(proven(1))], undefined, [], () => {
      throw new WindlassFailure('TargetUnreachable', 'The cluster refused the connection.', { object: 'o', next: 'n' });
    });
    const asked = (attempt: number) => new MockActivityEnvironment({ attempt }).run(() => silent.missingProof(ref));
    await expect(asked(1)).rejects.toMatchObject({ type: 'TargetUnreachable', nonRetryable: false });
    expect(await asked(5)).toBe('no proof that its cluster confirms (The cluster refused the connection)');
    // A cluster whose proofs would be too old is not asked.
    const old = activities([entry(proven(30))], undefined, [], () => {
      throw new Error('asked');
    });
    expect(await old.missingProof(ref)).toMatch(/newest: b30/);
  });

  test('is not asked without an interlock', async () => {
    expect(await activities([], {}).missingProof(ref)).toBeNull();
  });
});

describe('the freshness of a drill', () => {
  test('says which verdicts do not read', async () => {
    const looked = await activities([entry(proven(25))], undefined, [LOST]).judgeFreshness(ref);
    expect(looked).toMatchObject({ stale: true, doubt: expect.stringContaining(LOST.object) });
    expect(freshnessWords(looked)).toMatch(/^newest: b25 of .*; 1 of the record's entries does not read/);
  });

  test('counts no proof of a backup that the cluster does not have, and goes by the record while it does not answer', async () => {
    const looked = await activities([entry(proven(2))], undefined, [], () => false).judgeFreshness(ref);
    expect(looked).toMatchObject({ stale: true, newest: null, doubt: expect.stringContaining('has no b2') as unknown });
    const silent = activities([entry(proven(2))], undefined, [], () => {
      throw new WindlassFailure('TargetUnreachable', 'It is silent.', { object: 'o', next: 'n' });
    });
    const at = (attempt: number) => new MockActivityEnvironment({ attempt }).run(() => silent.judgeFreshness(ref));
    await expect(at(1)).rejects.toMatchObject({ type: 'TargetUnreachable' });
    expect(await at(5)).toMatchObject({
      stale: false,
      newest: { backup: 'b2' },
      doubt: 'its cluster did not confirm it (It is silent)',
    });
  });

  test('is judged by its own proofs, within what the interlock asks for', async () => {
    const entries = [entry(proven(2)), entry(proven(1), 'other')];
    expect(await activities(entries).judgeFreshness(ref)).toMatchObject({
      stale: false,
      limit: '24h',
      newest: { backup: 'b2' },
    });
  });

  test('is judged by what the drill itself takes for enough where there is no interlock', async () => {
    expect(await activities([entry(proven(2))], {}).judgeFreshness(ref)).toMatchObject({ stale: true, limit: '1h' });
  });

  test('is news once: the same staleness is known when it was recorded', async () => {
    const entries = [entry(proven(25))];
    const { judgeFreshness } = activities(entries);
    const first = await judgeFreshness(ref);
    expect(first).toMatchObject({ stale: true, known: false });
    const told = entry({ type: 'stale', newest: first.newest, limit: first.limit });
    expect(await activities([...entries, told]).judgeFreshness(ref)).toMatchObject({ stale: true, known: true });
    const otherDrill = entry({ type: 'stale', newest: first.newest, limit: first.limit }, 'other');
    expect(await activities([...entries, otherDrill]).judgeFreshness(ref)).toMatchObject({ known: false });
  });
});
