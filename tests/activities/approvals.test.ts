import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { assertApproved } from '../../src/activities/approvals.ts';
import { Skeletons } from '../../src/activities/skeleton.ts';
import { sha256 } from '../../src/bundle/digest.ts';
import type { Bundle } from '../../src/domain/bundle.ts';
import { summarizePlan, type Change } from '../../src/domain/change.ts';
import { signedText, type Decision } from '../../src/domain/gate.ts';
import { policyOf } from '../support/policies.ts';
import { openRecord, type RunRecord } from '../../src/record/record.ts';
import { DirectoryStore } from '../../src/store/directory.ts';

const pairs = {
  ada: generateKeyPairSync('ed25519'),
  alan: generateKeyPairSync('ed25519'),
  grace: generateKeyPairSync('ed25519'),
};
const keyOf = (by: keyof typeof pairs) =>
  pairs[by].publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
const signers = { ada: [{ key: keyOf('ada') }], alan: [{ key: keyOf('alan') }], grace: [{ key: keyOf('grace') }] };
const gate = { approvers: ['grace'], reason: 'r' };
const plain = { needs: [], timeout: '1m', retry: { attempts: 1, initialInterval: '1s', maximumInterval: '1s' } };
const bundle = {
  ...{ rollout: 'platform', environment: 'production', files: {}, parameters: {} },
  decisions: { signatures: 'required', selfApproval: false, groups: {}, keys: {} },
  phases: [
    { name: 'before', needs: [], steps: [{ ...plain, name: 'go', kind: 'approval', approval: gate }] },
    {
      ...{ name: 'data', needs: [] },
      steps: [
        { ...plain, name: 'open', kind: 'postgres.migrate' },
        { ...plain, name: 'gated', kind: 'objectstore.bucket', approval: gate },
      ],
    },
    { name: 'after', needs: ['before'], steps: [{ ...plain, name: 'late', kind: 'postgres.migrate' }] },
  ],
} as unknown as Bundle;
const scope = { environment: 'production', rollout: 'platform', run: 'run-1', bundle: 'b' };

const created: Change = { action: 'create', what: 'table a', destructive: false };
const dropped = (what: string): Change => ({ action: 'delete', what, destructive: true });
const planOf = (...changes: Change[]) => summarizePlan(changes, '', sha256);

const directory = mkdtempSync(join(tmpdir(), 'windlass-approvals-'));
afterAll(() => {
  rmSync(directory, { recursive: true });
});
let record: RunRecord;
let entries = 0;
beforeEach(() => {
  record = openRecord(new DirectoryStore(join(directory, String(++entries))));
});

interface Where {
  readonly phase: string;
  readonly step: string;
}
const OPEN = { phase: 'data', step: 'open' };
const GATED = { phase: 'data', step: 'gated' };

/** What the phase is about to do. */
function doing(at: Where, changes: readonly Change[], more: { again?: boolean; policy?: object; of?: Bundle } = {}) {
  const policy = policyOf({ signers, endpoints: [], ...more.policy });
  const of = more.of ?? bundle;
  const deps = {
    skeletons: new Skeletons(),
    record,
    policy: { of: () => Promise.resolve(policy) } as never,
    openBundle: () => Promise.resolve({ bundle: of, files: null as never }),
    provenThere: () => Promise.resolve(new Set<string>()),
  };
  return assertApproved(deps, {
    ...{ ref: { scope, ...at }, bundle: of, policy, startedBy: 'ada' },
    ...{ plan: planOf(...changes), changes, again: more.again ?? false },
  });
}

async function decided(at: Where, digest: string, more: Partial<Decision> & { denial?: string } = {}) {
  const { denial = null, ...said } = more;
  const unsigned = {
    ...{ verdict: 'approve' as const, bundle: 'b', run: 'run-1', ...at, changeDigest: digest, opening: 1 },
    ...{ by: 'grace', comment: '', signature: '', ...said },
  };
  const to = { kind: 'decision', environment: 'production', rollout: 'platform' } as const;
  const key = pairs[unsigned.by as keyof typeof pairs].privateKey;
  const signature = said.signature ?? sign(null, Buffer.from(signedText(to, unsigned)), key).toString('base64');
  const decision = { ...unsigned, signature };
  await record.append({
    ...{ id: `d${String(++entries)}`, time: new Date(entries).toISOString(), scope: { ...scope, ...at } },
    body: { type: 'decision', decision, denial },
  });
}

async function opened(at: Where, digest: string, opening: number, waives: string | null = null) {
  await record.append({
    ...{ id: `g${String(++entries)}`, time: new Date(entries).toISOString(), scope: { ...scope, ...at } },
    body: { type: 'gate', opening, changeDigest: digest, waives },
  });
}

async function planned(at: Where, ...changes: Change[]) {
  await record.append({
    ...{ id: `p${String(++entries)}`, time: new Date(entries).toISOString(), scope: { ...scope, ...at } },
    body: { type: 'plan', summary: planOf(...changes), changes },
  });
}

const refused = (why: RegExp) => ({ type: 'Unauthorised', message: expect.stringMatching(why) as unknown });

describe('a step', () => {
  test('acts unasked where nothing is gated and nothing is lost', async () => {
    await expect(doing(OPEN, [created])).resolves.toBeUndefined();
  });

  test('does not act at its gate for which nobody has signed, whatever its phase was told', async () => {
    await expect(doing(GATED, [created])).rejects.toMatchObject(refused(/no approval of data\/gated/));
    await decided(GATED, planOf(created).changeDigest, { signature: 'AAAA' });
    await expect(doing(GATED, [created])).rejects.toMatchObject(refused(/no approval of data\/gated/));
    await decided(GATED, planOf(created).changeDigest);
    await expect(doing(GATED, [created])).resolves.toBeUndefined();
  });

  test('does not destroy by an approval of something else, nor where nobody was asked', async () => {
    const drop = dropped('table a');
    await expect(doing(OPEN, [drop])).rejects.toMatchObject(refused(/no approval of data\/open/));
    await planned(OPEN, created);
    await decided(OPEN, planOf(created).changeDigest);
    await expect(doing(OPEN, [drop])).rejects.toMatchObject(refused(/something else than grace was shown/));
    await decided(OPEN, planOf(drop).changeDigest, { opening: 2 });
    await expect(doing(OPEN, [drop])).resolves.toBeUndefined();
  });

  test('takes an approval of changes that were never planned for none', async () => {
    await decided(GATED, 'made up');
    await expect(doing(GATED, [created])).rejects.toMatchObject(refused(/not on record as a plan/));
  });

  test('goes on after a part of what was approved is done, and with nothing beyond it', async () => {
    const [one, two, three] = [dropped('table a'), dropped('table b'), dropped('table c')] as const;
    await planned(OPEN, one, two);
    await decided(OPEN, planOf(one, two).changeDigest);
    await expect(doing(OPEN, [two])).rejects.toMatchObject(refused(/something else/));
    await expect(doing(OPEN, [two], { again: true })).resolves.toBeUndefined();
    await expect(doing(OPEN, [two, three], { again: true })).rejects.toMatchObject(refused(/something else/));
  });

  test('acts by the newest decision: an approval before a rejection counts no more', async () => {
    const digest = planOf(created).changeDigest;
    await decided(GATED, digest);
    await decided(GATED, digest, { verdict: 'reject', opening: 2 });
    await expect(doing(GATED, [created])).rejects.toMatchObject(refused(/grace rejected/));
    // A rejection that nobody signed keeps nobody from acting.
    await decided(GATED, digest, { opening: 3 });
    await decided(GATED, digest, { verdict: 'reject', opening: 4, signature: 'AAAA' });
    await expect(doing(GATED, [created])).resolves.toBeUndefined();
  });

  test('acts by no approval of who started it, who may not approve, or whose key was revoked since', async () => {
    const digest = planOf(created).changeDigest;
    await decided(GATED, digest, { by: 'ada' });
    await expect(doing(GATED, [created])).rejects.toMatchObject(refused(/ada is not an approver/));
    await decided(GATED, digest);
    const revoked = { ...signers, grace: [{ key: keyOf('grace'), revoked: true }] };
    await expect(doing(GATED, [created], { policy: { signers: revoked } })).rejects.toMatchObject(
      refused(/ada is not an approver/),
    );
    const gates = [{ reason: 'data', approvers: ['ada'], destructive: false }];
    await expect(doing(GATED, [created], { policy: { gates } })).rejects.toMatchObject(refused(/policy asks for/));
  });

  test('acts by what was decided over the newest opening of its gate alone, whenever that was sent', async () => {
    const digest = planOf(created).changeDigest;
    await opened(GATED, digest, 1);
    await opened(GATED, digest, 2);
    // Kept back until the first opening was rejected, or signed for one that was yet to come.
    await decided(GATED, digest, { opening: 1 });
    await expect(doing(GATED, [created])).rejects.toMatchObject(refused(/no approval of data.gated/));
    await decided(GATED, digest, { opening: 3 });
    await expect(doing(GATED, [created])).rejects.toMatchObject(refused(/no approval of data.gated/));
    await decided(GATED, digest, { opening: 2 });
    await expect(doing(GATED, [created])).resolves.toBeUndefined();
    await opened(GATED, digest, 3);
    await decided(GATED, digest, { opening: 3, verdict: 'reject' });
    await decided(GATED, digest, { opening: 2 });
    await expect(doing(GATED, [created])).rejects.toMatchObject(refused(/grace rejected/));
  });

  test('does not destroy by a waiver of something else than the worker found missing', async () => {
    const of = { ...bundle, interlock: { provenWithin: '24h' } } as Bundle;
    const drop = dropped('table a');
    const digest = planOf(drop).changeDigest;
    await opened(OPEN, digest, 1, 'no proven backup');
    await decided(OPEN, digest, { waives: 'nothing of interest', comment: 'fine' });
    await expect(doing(OPEN, [drop], { of })).rejects.toMatchObject(refused(/no approval of data.open/));
    await decided(OPEN, digest, { waives: 'no proven backup', comment: 'a test system' });
    await expect(doing(OPEN, [drop], { of })).resolves.toBeUndefined();
  });

  test('does not destroy without a proven backup that whoever approved has not waived', async () => {
    const of = { ...bundle, interlock: { provenWithin: '24h' } } as Bundle;
    const drop = dropped('table a');
    const digest = planOf(drop).changeDigest;
    await decided(OPEN, digest);
    await expect(doing(OPEN, [drop], { of })).rejects.toMatchObject(refused(/did not waive/));
    await decided(OPEN, digest, { opening: 2, waives: 'no proven backup', comment: 'a test system' });
    await expect(doing(OPEN, [drop], { of })).resolves.toBeUndefined();
  });

  test('does not act until as many have signed for one opening of its gate as are asked for', async () => {
    const several = { ...gate, approvers: ['platform'], required: 2 };
    const decisions = { ...bundle.decisions, groups: { platform: ['grace', 'alan', 'ada'] } };
    const of = {
      ...{ ...bundle, decisions },
      phases: [{ name: 'data', needs: [], steps: [{ ...plain, name: 'gated', kind: 'x', approval: several }] }],
    } as unknown as Bundle;
    const digest = planOf(created).changeDigest;
    const acts = () => doing(GATED, [created], { of });
    await decided(GATED, digest);
    await expect(acts()).rejects.toMatchObject(refused(/needs 1 more of platform to approve/));
    // Neither an approval of another opening, nor a forged one, nor another spelling of who has approved makes it two.
    await decided(GATED, digest, { by: 'alan', opening: 2, signature: 'AAAA' });
    await decided(GATED, digest, { by: 'grace' });
    await expect(acts()).rejects.toMatchObject(refused(/needs 1 more/));
    await decided(GATED, digest, { by: 'alan' });
    await expect(acts()).resolves.toBeUndefined();
    await decided(GATED, digest, { by: 'alan', verdict: 'withdraw' });
    await expect(acts()).rejects.toMatchObject(refused(/needs 1 more/));
    // Sent once more by whoever has read it.
    await decided(GATED, digest, { by: 'alan' });
    await expect(acts()).rejects.toMatchObject(refused(/needs 1 more/));
    await decided(GATED, digest, { by: 'alan', withdrawals: 1 });
    await decided(GATED, digest, { by: 'alan', verdict: 'withdraw' });
    await expect(acts()).resolves.toBeUndefined();
    await decided(GATED, digest, { opening: 2 });
    await expect(acts()).rejects.toMatchObject(refused(/needs 1 more/));
    await decided(GATED, digest, { by: 'alan', opening: 2, verdict: 'reject' });
    await expect(acts()).rejects.toMatchObject(refused(/alan rejected/));
  });

  test("does not act before as many have signed as the worker's policy demands", async () => {
    const gates = [{ reason: 'data', approvers: ['grace', 'alan'], destructive: false, required: 2 }];
    const digest = planOf(created).changeDigest;
    await decided(GATED, digest);
    await expect(doing(GATED, [created], { policy: { gates } })).rejects.toMatchObject(
      refused(/needs 1 more of grace or alan \(data, by the worker's policy\)/),
    );
    await decided(GATED, digest, { by: 'alan' });
    await expect(doing(GATED, [created], { policy: { gates } })).resolves.toBeUndefined();
  });

  test('does not come before a bare approval that its phase needs', async () => {
    const late = { phase: 'after', step: 'late' };
    await expect(doing(late, [created])).rejects.toMatchObject(refused(/no approval of before\/go/));
    await decided({ phase: 'before', step: 'go' }, 'b/any', { signature: 'AAAA' });
    await expect(doing(late, [created])).rejects.toMatchObject(refused(/no approval of before\/go/));
    await decided({ phase: 'before', step: 'go' }, 'b/any');
    await expect(doing(late, [created])).resolves.toBeUndefined();
  });
});
