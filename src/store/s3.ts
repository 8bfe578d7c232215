import type { Client } from 'minio';
import { joinedWithin } from '../bounded.ts';
import { WindlassFailure } from '../domain/failure.ts';
import type { Limit } from '../domain/limit.ts';
import { LIMITS } from '../domain/limits.ts';
import type { S3Connection } from '../objectstore/client.ts';
import { assertKey, assertPrefix, holds, storeConflict, type BlobStore } from './blob-store.ts';
import { s3Code, s3Failure } from './s3-failure.ts';

/** A write that lost against another writer is looked at again; S3 may say so for a writer that then gave up. */
const ROUNDS = 3;

/** A store in a bucket of an S3 server, below a prefix. */
export class S3Store implements BlobStore {
  readonly #client: Client;
  readonly #bucket: string;
  /** Empty, or ending with a slash. */
  readonly #prefix: string;
  readonly #place: string;

  constructor(client: Client, bucket: string, prefix: string, connection: Pick<S3Connection, 'endpoint'>) {
    this.#client = client;
    this.#bucket = bucket;
    this.#prefix = prefix;
    this.#place = `bucket ${bucket} at ${new URL(connection.endpoint).host}`;
  }

  /**
   * Looks first and writes only where nothing is, on the condition that nothing has come since (`If-None-Match`). A
   * server that does not know the condition leaves a window between the two; every other writer would have to write
   * other content under the same key within it.
   */
  async put(key: string, body: Buffer): Promise<void> {
    assertKey(key);
    for (let round = 0; round < ROUNDS; round += 1) {
      const there = await holds(this, key, body);
      if (there === false) throw storeConflict(this.#place, key);
      if (there === true || (await this.#putIfAbsent(key, body))) return;
    }
    throw new WindlassFailure('TargetBusy', `The store in ${this.#place} kept saying that another writer was first.`, {
      object: key,
      next: 'It is tried again.',
    });
  }

  async get(key: string, limit: Limit = LIMITS.bundle): Promise<Buffer | null> {
    assertKey(key);
    try {
      const stream = await this.#client.getObject(this.#bucket, this.#prefix + key);
      return await joinedWithin(stream as AsyncIterable<Buffer>, limit, 'The blob', key);
    } catch (error) {
      if (['NoSuchKey', 'NotFound'].includes(s3Code(error) ?? '')) return null;
      throw s3Failure(error, this.#place, key);
    }
  }

  async putFile(key: string, path: string): Promise<void> {
    assertKey(key);
    try {
      if (await this.#has(key)) return;
      await this.#client.fPutObject(this.#bucket, this.#prefix + key, path, {
        'Content-Type': 'application/octet-stream',
      });
    } catch (error) {
      throw s3Failure(error, this.#place, key);
    }
  }

  async stream(key: string): Promise<AsyncIterable<Buffer> | null> {
    assertKey(key);
    try {
      const stream = (await this.#client.getObject(this.#bucket, this.#prefix + key)) as AsyncIterable<Buffer>;
      return piecesOf(stream, (error) => s3Failure(error, this.#place, key));
    } catch (error) {
      if (['NoSuchKey', 'NotFound'].includes(s3Code(error) ?? '')) return null;
      throw s3Failure(error, this.#place, key);
    }
  }

  async list(prefix: string): Promise<readonly string[]> {
    assertPrefix(prefix);
    try {
      const keys: string[] = [];
      const items = this.#client.listObjectsV2(this.#bucket, this.#prefix + prefix, true);
      for await (const item of items as AsyncIterable<{ name?: string }>) {
        if (item.name !== undefined) keys.push(item.name.slice(this.#prefix.length));
      }
      return keys.sort();
    } catch (error) {
      throw s3Failure(error, this.#place, prefix);
    }
  }

  async #has(key: string): Promise<boolean> {
    try {
      await this.#client.statObject(this.#bucket, this.#prefix + key);
      return true;
    } catch (error) {
      if (['NoSuchKey', 'NotFound'].includes(s3Code(error) ?? '')) return false;
      throw error;
    }
  }

  /** False when another writer was at the key meanwhile. */
  async #putIfAbsent(key: string, body: Buffer, condition = true): Promise<boolean> {
    try {
      await this.#client.putObject(this.#bucket, this.#prefix + key, body, body.length, {
        'Content-Type': 'application/octet-stream',
        ...(condition ? { 'If-None-Match': '*' } : {}),
      });
      return true;
    } catch (error) {
      switch (s3Code(error)) {
        case 'PreconditionFailed':
        case 'ConditionalRequestConflict':
          return false;
        case 'NotImplemented':
        case 'MethodNotAllowed':
          if (condition) return this.#putIfAbsent(key, body, false);
          throw s3Failure(error, this.#place, key);
        default:
          throw s3Failure(error, this.#place, key);
      }
    }
  }
}

/** The bytes of a stream as they come. @throws what `failure` makes of an error on the way. */
async function* piecesOf(stream: AsyncIterable<Buffer>, failure: (error: unknown) => Error): AsyncGenerator<Buffer> {
  try {
    yield* stream;
  } catch (error) {
    throw failure(error);
  }
}
