import { generateKeyPairSync, verify } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { actorOf } from '../../src/cli/actor.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'windlass-actor-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function file(name: string, content: string): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, content);
  return path;
}

describe('who acts', () => {
  test('signs with the Ed25519 key of the file, so that the public key verifies it', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const key = await file('key.pem', privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
    const actor = await actorOf({ as: 'ada', key });
    expect(actor.by).toBe('ada');
    const signature = Buffer.from(actor.sign?.('what is signed') ?? '', 'base64');
    expect(verify(null, Buffer.from('what is signed'), publicKey, signature)).toBe(true);
  });

  test('a key of another type is refused', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const key = await file('ec.pem', privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
    await expect(actorOf({ key })).rejects.toThrow('This key is of type ec, not Ed25519.');
  });

  test('a file that is no key is refused without a word of its content', async () => {
    const key = await file('notes.txt', 'hunter2');
    const refusal: unknown = await actorOf({ key }).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ type: 'WrongUsage', options: { object: key } });
    expect(inspect(refusal, { depth: null })).not.toContain('hunter2');
  });

  test('without options nothing is signed and the client names the user', async () => {
    expect(await actorOf({})).toEqual({});
  });
});
