import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { useOnce } from '../../src/activities/starts.ts';
import { assertWarranted } from '../../src/activities/warrants.ts';
import type { Bundle } from '../../src/domain/bundle.ts';
import { signedText, type Addressed } from '../../src/domain/gate.ts';
import type { EnvironmentPolicy } from '../../src/domain/policy.ts';
import { policyOf } from '../support/policies.ts';
import { openRecord, type RunRecord } from '../../src/record/record.ts';
import { DirectoryStore } from '../../src/store/directory.ts';

const pairs = { ada: generateKeyPairSync('ed25519'), grace: generateKeyPairSync('ed25519') };
const keyOf = (by: keyof typeof pairs) =>
  pairs[by].publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
function policyWith(more: object = {}): EnvironmentPolicy {
  const signers = { ada: [{ key: keyOf('ada') }], grace: [{ key: keyOf('grace') }] };
  return policyOf({ signers, endpoints: [], ...more });
}
const bundle = {
  ...{ rollout: 'platform', environment: 'production', phases: [], files: {} },
  decisions: { signatures: 'optional', selfApproval: true, groups: {}, keys: {} },
} as unknown as Bundle;

const of = { environment: 'production', rollout: 'platform' };
const scope = { ...of, run: 'run-1', bundle: 'b' };
function signed<T extends object>(by: keyof typeof pairs, kind: Addressed['kind'], message: T) {
  const text = signedText({ kind, ...of }, { ...message, signature: '' });
  return { ...message, signature: sign(null, Buffer.from(text), pairs[by].privateKey).toString('base64') };
}
const base = { ...of, bundle: 'b', startedBy: 'ada' };
const once = { nonce: 'n', validUntil: new Date(Date.now() + 3_600_000).toISOString() };
/** As versions signed it whose starts did not count once. */
const before = { ...base, signature: 'c2lnbmVk' };

const directory = mkdtempSync(join(tmpdir(), 'windlass-warrants-'));
afterAll(() => {
  rmSync(directory, { recursive: true });
});
let record: RunRecord;
let stores = 0;
beforeEach(() => {
  record = openRecord(new DirectoryStore(join(directory, String(++stores))));
});
const warranted = (start: Parameters<typeof assertWarranted>[3], policy = policyWith()) =>
  assertWarranted(record, policy, scope, start, bundle);
const refused = (why: RegExp) => ({ type: 'Unauthorised', message: expect.stringMatching(why) as unknown });

async function adopt(by: keyof typeof pairs, more: { bundle?: string; run?: string; signature?: string } = {}) {
  const said = { action: 'adopt', run: 'run-1', bundle: 'b', phase: '', step: '', by, comment: '' } as const;
  const { signature } = { ...signed(by, 'command', { ...said, ...more }), ...more };
  await record.append({
    ...{ id: `adoption-by-${by}`, time: new Date().toISOString(), scope: { ...scope, phase: null, step: null } },
    body: { type: 'command', action: 'adopt', by, comment: '', denial: null, signature },
  });
}

describe('a run', () => {
  test('acts by a signed start that it has used, and no other run does', async () => {
    const start = signed('ada', 'start', { ...base, ...once });
    await useOnce(record, scope, once);
    await warranted(start);
    const other = openRecord(new DirectoryStore(join(directory, String(stores))));
    await expect(assertWarranted(other, policyWith(), { ...scope, run: 'run-2' }, start, bundle)).rejects.toMatchObject(
      refused(/its start was used for another run/),
    );
  });

  test('acts on after the day of its start, and not after the key of its starter was revoked', async () => {
    const over = { ...once, validUntil: new Date(Date.now() - 1_000).toISOString() };
    const start = signed('ada', 'start', { ...base, ...over });
    await warranted(start);
    const ended = { ada: [{ key: keyOf('ada'), validBefore: new Date().toISOString() }] };
    await warranted(start, policyWith({ signers: ended }));
    const revoked = { ada: [{ key: keyOf('ada'), revoked: true }] };
    await expect(warranted(start, policyWith({ signers: revoked }))).rejects.toMatchObject(refused(/is revoked/));
    await expect(warranted(start, policyWith({ starters: ['grace'] }))).rejects.toMatchObject(refused(/let ada start/));
  });

  test('without a signature acts where none is asked for, as in a lab', async () => {
    const unsigned = { ...base, startedBy: 'linus', signature: '' };
    await warranted(unsigned, policyWith({ signatures: 'optional' }));
    await expect(warranted(unsigned)).rejects.toMatchObject(refused(/signatures are required/));
  });

  test('that was open during an upgrade acts when somebody who may start it has adopted it, and says how until then', async () => {
    await expect(warranted(before)).rejects.toMatchObject({
      ...refused(/has no warrant, since the signature is not ada's/),
      options: { next: expect.stringContaining('windlass adopt platform --environment production') },
    });
    await adopt('grace');
    await warranted(before);
    await expect(warranted(before, policyWith({ starters: ['ada'] }))).rejects.toMatchObject(refused(/no warrant/));
    const gone = { ada: [{ key: keyOf('ada') }], grace: [{ key: keyOf('grace'), revoked: true }] };
    await expect(warranted(before, policyWith({ signers: gone }))).rejects.toMatchObject(refused(/no warrant/));
  });

  test.each([
    ['of another bundle', { bundle: 'c' }],
    ['of another run', { run: 'run-2' }],
    ['that is not signed', { signature: '' }],
  ])('is not adopted by a command %s, though it is on its record', async (_what, more) => {
    await adopt('grace', more);
    await expect(warranted(before)).rejects.toMatchObject(refused(/no warrant/));
  });
});
