import { generateKeyPairSync, sign } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { assertNotFrozenByHand } from '../../src/activities/frozen.ts';
import { signed } from '../../src/client-actor.ts';
import type { Damage, DamagedEntry } from '../../src/domain/damage.ts';
import type { FreezeOrder } from '../../src/domain/freeze-order.ts';
import { addressOfFreeze, freezeShelf } from '../../src/domain/hand-freeze.ts';
import type { RecordEntry } from '../../src/domain/record-entry.ts';
import { wrongIn } from '../../src/record/entry-schema.ts';
import { policyOf } from '../support/policies.ts';

const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const key = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
const policy = policyOf({ signers: { ada: [{ key }] }, starters: ['ada'], endpoints: [] });
const actor = { by: 'ada', sign: (text: string) => sign(null, Buffer.from(text), privateKey).toString('base64') };

function order(more: Partial<FreezeOrder>, by: { readonly sign?: (text: string) => string } = actor): FreezeOrder {
  const until = new Date(Date.now() + 3_600_000).toISOString();
  const said = { environment: 'lab', startedBy: 'ada', reason: 'the network is moved', until, ends: [], ...more };
  return signed(addressOfFreeze('lab'), said, by);
}
function entry(run: string, of: FreezeOrder): RecordEntry {
  const scope = { environment: 'lab', rollout: freezeShelf(Date.now()), run, bundle: '', phase: null, step: null };
  const body = { type: 'freeze', order: of, verified: true, denial: null } as const;
  return { id: run, time: new Date().toISOString(), scope, body };
}
const frozen = async (entries: readonly RecordEntry[], damaged: readonly DamagedEntry[] = []) => {
  const shelf = freezeShelf(Date.now());
  const record = {
    read: ({ rollout }: { readonly rollout: string }) =>
      Promise.resolve(rollout === shelf ? { entries, damaged } : { entries: [], damaged: [] }),
  };
  const error: unknown = await assertNotFrozenByHand(record, policy, 'lab', 'data/apps').catch(
    (thrown: unknown) => thrown,
  );
  return error === undefined ? null : error;
};
const lost = (damage: Damage): DamagedEntry => ({
  ...{ environment: 'lab', rollout: freezeShelf(Date.now()), run: 'one', type: 'freeze', object: 'ids/one' },
  ...{ damage, why: 'names an entry that is gone' },
});

test('a frozen environment says who has frozen it, until when and why', async () => {
  const one = entry('one', order({ until: '2099-01-01T00:00:00Z' }));
  expect(wrongIn(JSON.parse(JSON.stringify(one)))).toBeNull();
  expect(await frozen([one])).toMatchObject({
    type: 'Unauthorised',
    message: 'The environment is frozen by ada until 2099-01-01T00:00:00Z: the network is moved.',
  });
  expect(await frozen([])).toBeNull();
});

test('an end counts where its signature stands, whatever the record says of it', async () => {
  const one = entry('one', order({}));
  expect(await frozen([one, entry('end', order({ until: null, ends: ['one'] }))])).toBeNull();
  expect(await frozen([one, entry('end', order({ until: null, ends: ['one'] }, {}))])).toMatchObject({
    type: 'Unauthorised',
  });
  const altered = { ...order({ until: null, ends: ['two'] }), ends: ['one'] };
  expect(await frozen([one, entry('end', altered)])).toMatchObject({ type: 'Unauthorised' });
});

test('an order that does not read keeps everything frozen; what no worker has sealed is none', async () => {
  expect(await frozen([], [lost('gone')])).toMatchObject({
    type: 'Unauthorised',
    message: expect.stringContaining('is not known: ids/one names an entry that is gone'),
  });
  expect(await frozen([], [lost('unsealed')])).toBeNull();
});
