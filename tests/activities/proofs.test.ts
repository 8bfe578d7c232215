import { describe, expect, test } from '@jest/globals';
import { proofActivities } from '../../src/activities/proofs.ts';
import type { Bundle } from '../../src/domain/bundle.ts';
import { unfinished, type DrillVerdict } from '../../src/domain/drill/verdict.ts';
import type { RecordBody, RecordEntry } from '../../src/domain/record-entry.ts';

const ref = {
  scope: { environment: 'lab', rollout: 'platform', run: 'r', bundle: 'b' },
  phase: 'backup',
  step: 'drill',
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
) {
  const step = { name: 'drill', kind: 'velero.drill', with: { maxAge: '1h' } };
  const bundle = { ...more, phases: [{ name: 'backup', steps: [step] }] } as unknown as Bundle;
  return proofActivities({
    openBundle: () => Promise.resolve({ bundle, files: {} as never }),
    record: {
      append: () => Promise.resolve(),
      entries: ({ types }) => Promise.resolve(entries.filter(({ body }) => types?.includes(body.type))),
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

  test('is not asked without an interlock', async () => {
    expect(await activities([], {}).missingProof(ref)).toBeNull();
  });
});

describe('the freshness of a drill', () => {
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
