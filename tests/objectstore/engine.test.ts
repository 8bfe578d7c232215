import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, test } from '@jest/globals';
import { objectstoreBucketEngine } from '../../src/objectstore/bucket-engine.ts';
import { answering, connectionTo, engineContext } from './support.ts';
import { told } from '../support/told.ts';

const bucket = 'velero-backups';

/** An object store where somebody makes the bucket just before we do: absent when looked for, there when made. */
class OvertakenStore {
  readonly asked: string[] = [];
  readonly refusal: string;
  readonly owned: readonly string[];

  constructor(refusal: string, owned: readonly string[]) {
    this.refusal = refusal;
    this.owned = owned;
  }

  answer(request: IncomingMessage, response: ServerResponse): void {
    const path = (request.url ?? '/').replace(/\/$/, '') || '/';
    this.asked.push(`${request.method ?? ''} ${path}`);
    const overtaken = this.asked.some((line) => line.startsWith('PUT'));
    if (request.method === 'HEAD') response.writeHead(overtaken ? 200 : 404).end();
    else if (request.method === 'PUT') {
      response.writeHead(409).end(`<Error><Code>${this.refusal}</Code><Message>m</Message></Error>`);
    } else {
      const listed = this.owned.map((name) => `<Bucket><Name>${name}</Name></Bucket>`).join('');
      response.end(`<ListAllMyBucketsResult><Buckets>${listed}</Buckets></ListAllMyBucketsResult>`);
    }
  }
}

describe('a bucket that appears between looking and making', () => {
  test.each([
    ['BucketAlreadyOwnedByYou', []],
    ['BucketAlreadyExists', [bucket, 'another']],
  ])('is unchanged when it is ours (%s)', async (refusal, owned) => {
    const store = new OvertakenStore(refusal, owned);
    await using server = await answering((request, response) => {
      store.answer(request, response);
    });
    const applied = await objectstoreBucketEngine(connectionTo(server.port)).apply({ bucket }, engineContext());
    expect(applied.changes).toEqual([{ action: 'unchanged', what: `bucket ${bucket}`, destructive: false }]);
    expect(told(applied.findings)).toMatchObject([{ claim: 'exists', holds: true }]);
  });

  test('is refused when it is somebody else’s', async () => {
    const store = new OvertakenStore('BucketAlreadyExists', ['another']);
    await using server = await answering((request, response) => {
      store.answer(request, response);
    });
    await expect(
      objectstoreBucketEngine(connectionTo(server.port)).apply({ bucket }, engineContext()),
    ).rejects.toMatchObject({
      type: 'BucketRefused',
      message: expect.stringContaining('belongs to somebody else') as unknown,
    });
  });
});

test('a worker whose right to act has run out makes nothing', async () => {
  const store = new OvertakenStore('BucketAlreadyOwnedByYou', []);
  await using server = await answering((request, response) => {
    store.answer(request, response);
  });
  const fence = { token: 7, deadline: Date.now() - 1, lock: 'lock/lab/objects' };
  await expect(
    objectstoreBucketEngine(connectionTo(server.port)).apply({ bucket }, engineContext({ fence })),
  ).rejects.toMatchObject({ type: 'FenceLost' });
  expect(store.asked).toEqual([`HEAD /${bucket}`]);
});

test('undo says that the bucket stays', () => {
  expect(objectstoreBucketEngine(connectionTo(1)).undo({ bucket })).toContain(`Bucket ${bucket} is not deleted`);
});

test('a name that only the client refuses is refused in words, and nothing is asked', async () => {
  const engine = objectstoreBucketEngine(connectionTo(1));
  await expect(engine.plan({ bucket: 'backup-10.0.0.1' }, engineContext())).rejects.toMatchObject({
    type: 'BucketRefused',
    message: expect.stringContaining('does not accept the bucket name') as unknown,
  });
});
