import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { admitted } from '../../src/activities/admission.ts';
import { startsOf } from '../../src/activities/starts-on-record.ts';
import { assertMayStart, assertNotKeptBack, useOnce } from '../../src/activities/starts.ts';
import type { Bundle } from '../../src/domain/bundle.ts';
import { signedText, type Addressed } from '../../src/domain/gate.ts';
import { policyFile } from '../../src/domain/policy.ts';
import { openRecord } from '../../src/record/record.ts';
import { DirectoryStore } from '../../src/store/directory.ts';

const pair = generateKeyPairSync('ed25519');
const key = pair.publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
const { production: policy } = policyFile.parse({
  apiVersion: 'windlass.dev/v1alpha1',
  kind: 'Policy',
  metadata: { name: 'test' },
  spec: { environments: { production: { signers: { ada: [{ key }] }, endpoints: [] } } },
}).spec.environments;
const bundle = {
  ...{ rollout: 'platform', environment: 'production', phases: [], files: {} },
  decisions: { signatures: 'optional', selfApproval: true, groups: {}, keys: {} },
} as unknown as Bundle;
const start = { environment: 'production', rollout: 'platform', bundle: 'b', startedBy: 'ada' };
const drill = { ...start, phase: 'backup', step: 'drill', mode: 'drill' as const };
const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();
const directory = mkdtempSync(join(tmpdir(), 'windlass-starts-'));
afterAll(() => {
  rmSync(directory, { recursive: true });
});
const once = { nonce: 'n', validUntil: inHours(1) };
const standing = (hours = 24) => ({
  ...{ id: 'w', cronExpressions: ['0 4 * * *'], everyMs: null, jitterMs: 0, catchUpMs: 0, timeZone: 'UTC' as const },
  ...{ notBefore: inHours(-1), notAfter: inHours(hours) },
});

function signed<T extends object>(kind: Addressed['kind'], message: T) {
  const to = { kind, environment: 'production', rollout: 'platform' };
  const text = signedText(to, { ...message, signature: '' });
  return { ...message, signature: sign(null, Buffer.from(text), pair.privateKey).toString('base64') };
}
const mayStart = (input: Parameters<typeof assertMayStart>[2]) => () => assertMayStart(policy!, bundle, input);

describe('a signed start', () => {
  test('of a rollout, of a drill and of the schedule of a drill stands for itself', () => {
    expect(mayStart(signed('start', { ...start, ...once }))()).toBe(true);
    expect(mayStart(signed('drill', { ...drill, ...once }))()).toBe(true);
    expect(mayStart(signed('drill schedule', { ...drill, standing: standing() }))()).toBe(true);
  });

  test.each([
    ['of a drill', signed('drill', { ...start, ...once })],
    ['of a schedule', signed('drill schedule', { ...start, ...once })],
    ['of a rollout, as a drill', signed('start', { ...drill, ...once })],
    ['of a drill that counts once, as a schedule', signed('drill', drill)],
    ['of a drill that counts once, for many', signed('drill', { ...drill, ...once, standing: standing() })],
  ])('%s stands for nothing else', (_what, input) => {
    expect(mayStart(input)).toThrow(/the signature is not ada's/);
  });

  test.each([
    ['that does not count once', start, /does not say that it counts once/],
    ['without an end', { ...start, nonce: 'n' }, /does not say that it counts once/],
    ['that is over', { ...start, nonce: 'n', validUntil: inHours(-1) }, /it was valid until/],
    ['for ever', { ...start, nonce: 'n', validUntil: inHours(24 * 365) }, /more than a week/],
    ['until no time', { ...start, nonce: 'n', validUntil: 'later' }, /counts once, and until when/],
  ])('%s is refused', (_what, message, why) => {
    expect(mayStart(signed('start', message))).toThrow(why);
  });

  test.each([
    ['for ever, as schedules once were', drill, /signed for ever/],
    ['until a day that is over', { ...drill, standing: standing(-0.5) }, /held until/],
    ['for longer than the policy takes', { ...drill, standing: standing(400 * 24) }, /holds for 400 days/],
  ])('of a schedule %s is refused', (_what, message, why) => {
    expect(mayStart(signed('drill schedule', message))).toThrow(why);
  });

  test('of a schedule that nobody signed ends all the same, where signatures are optional', () => {
    const optional = { ...policy!, signatures: 'optional' as const };
    const start = (hours: number) => () =>
      assertMayStart(optional, bundle, { ...drill, startedBy: 'linus', signature: '', standing: standing(hours) });
    expect(start(1)()).toBe(false);
    expect(start(-0.5)).toThrow(/held until/);
  });

  test('begins one run, whoever sends it again', async () => {
    const record = openRecord(new DirectoryStore(directory));
    const scope = (run: string, rollout = 'platform') => ({ environment: 'production', rollout, run, bundle: 'b' });
    await useOnce(record, scope('first'), once);
    // The activity may be tried again.
    await useOnce(record, scope('first'), once);
    await expect(useOnce(record, scope('second'), once)).rejects.toMatchObject({
      type: 'Unauthorised',
      message: 'The start was used before: it has begun run first.',
    });
    await useOnce(record, scope('second'), { ...once, nonce: 'another' });
    const both = [scope('third'), scope('fourth')].map((one) => useOnce(record, one, { ...once, nonce: 'raced' }));
    expect((await Promise.allSettled(both)).map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect((await record.read({ environment: 'production', rollout: 'platform' })).damaged).toEqual([]);
  });
});

describe('a signed start that was kept back', () => {
  const scope = { environment: 'production', rollout: 'platform', run: 'kept', bundle: 'b' };
  const other = { run: 'later', by: 'grace', signedAt: inHours(-1) };

  test('begins nothing once a later one has begun, and is told which', () => {
    expect(() => {
      assertNotKeptBack(scope, { signedAt: inHours(-2) }, [other]);
    }).toThrow(/one that grace has signed after it, at .*, has begun run later/);
  });

  test('begins what it may while it is the latest, and again when it is asked for again', () => {
    for (const others of [[], [other], [other, { run: 'kept', by: 'ada', signedAt: inHours(0) }]])
      expect(() => {
        assertNotKeptBack(scope, { signedAt: inHours(-0.5) }, others);
      }).not.toThrow();
    // Of clients of before.
    expect(() => {
      assertNotKeptBack(scope, {}, [other]);
    }).not.toThrow();
  });

  test.each([
    ['a time that is yet to come', inHours(1), /which is yet to come/],
    ['no time', 'soon', /does not say when it was signed/],
  ])('may not get around it by %s', (_what, signedAt, why) => {
    expect(() => {
      assertNotKeptBack(scope, { signedAt }, []);
    }).toThrow(why);
  });

  test('and says something to a manual check is refused on record, before it is used up', async () => {
    const record = openRecord(new DirectoryStore(join(directory, 'attested')));
    const attests = { check: 'people/told', question: 'Do they know?', holds: true, reason: 'I asked.' };
    const said = { ...start, mode: 'readiness' as const, ...once, attests };
    const admit = (run: string, signedAt: string) =>
      new MockActivityEnvironment().run(() =>
        admitted(
          {
            record,
            policy: { of: () => Promise.resolve(policy!), workersOf: () => Promise.resolve([]) },
            client: null as never,
          },
          { ...scope, run },
          null,
          signed('readiness', { ...said, signedAt }),
          bundle,
        ),
      );
    const begun = { type: 'start', by: 'ada', signature: 's', verified: true, signedAt: inHours(-1) } as const;
    const at = { ...scope, run: 'later', phase: null, step: null };
    const body = { ...begun, mode: 'readiness', attests: attests.check } as const;
    await record.append({ id: 'later', time: inHours(-1), scope: at, body });

    await expect(admit('kept', inHours(-2))).rejects.toMatchObject({ type: 'DecisionDenied' });
    const { entries } = await record.read({ environment: 'production', rollout: 'platform', run: 'kept' });
    expect(entries).toMatchObject([
      { body: { type: 'start', denial: expect.stringContaining('signed after it') as unknown } },
    ]);
    // Its nonce is free.
    expect(await admit('anew', inHours(-0.5))).toBe(true);
  });

  test('is compared with what was signed and let begin, of its own kind', async () => {
    const record = openRecord(new DirectoryStore(directory));
    const at = { ...scope, rollout: 'compared', phase: null, step: null };
    const begun = { type: 'start', by: 'ada', signature: 's', verified: true, signedAt: inHours(-1) } as const;
    const bodies = [
      ['counts', begun],
      ['refused', { ...begun, verified: false, denial: 'it cannot stand' }],
      ['unsigned', { ...begun, verified: false }],
      ['look', { ...begun, mode: 'readiness' }],
      ['said', { ...begun, mode: 'readiness', attests: 'security/reviewed' }],
    ] as const;
    for (const [run, body] of bodies) await record.append({ id: run, time: inHours(0), scope: { ...at, run }, body });
    const of = { ...scope, rollout: 'compared' };
    const runs = async (isMeant: Parameters<typeof startsOf>[2]) =>
      (await startsOf(record, of, isMeant)).map(({ run }) => run);
    await expect(runs(({ mode }) => mode === undefined)).resolves.toEqual(['counts']);
    await expect(runs(({ attests }) => attests === 'security/reviewed')).resolves.toEqual(['said']);
  });
});
