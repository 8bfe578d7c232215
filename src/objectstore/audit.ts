import { seenUnless, type BucketFacts } from '../domain/audit.ts';
import { isObject, readList, readText } from '../domain/json-fields.ts';
import type { Json } from '../domain/json.ts';
import { openBucket, type BucketHandle } from './ask.ts';
import type { S3Connection } from './client.ts';
import { exchange } from './exchange.ts';
import { lookAt } from './existence.ts';
import { defaultRetention } from './settings/default-retention.ts';
import { isOpen, statementLine, statementsOf } from './settings/policy-statements.ts';
import { policy } from './settings/policy.ts';
import { jsonAnswer } from './settings/query.ts';
import { versioning } from './settings/versioning.ts';

/** What an action and a resource are that stand for all of them. */
const EVERY_ACTION = ['s3:*', 'admin:*', '*'];
const EVERY_RESOURCE = ['arn:aws:s3:::*', '*'];

const REFUSED = ['AccessDenied', 'BucketRefused'] as const;

/**
 * What an audit looks at of a bucket. What may not be read, or is not there, is told as unseen.
 *
 * @throws WindlassFailure as `BucketHandle.ask` does, but for refusals; `signal.reason` once it aborts.
 */
export async function readBucketFacts(
  connection: S3Connection,
  { bucket, backups }: Pick<BucketFacts, 'bucket' | 'backups'>,
  signal: AbortSignal,
): Promise<BucketFacts> {
  const handle = openBucket(connection, bucket, { signal });
  const place = await seenUnless(REFUSED, lookAt(handle));
  const common = { server: handle.server, bucket, backups };
  const nothing = 'unseen' in place ? place : place.value.exists ? null : { unseen: 'is not there' };
  if (nothing !== null) return { ...common, open: nothing, versioning: nothing, retention: nothing, almighty: nothing };
  const brand = 'value' in place ? place.value.server.brand : null;
  return {
    ...common,
    open: await seenUnless(
      REFUSED,
      policy.read(handle).then((found) => statementsOf(found).filter(isOpen).map(statementLine)),
    ),
    versioning: await seenUnless(REFUSED, versioning.read(handle)),
    retention: await seenUnless(
      REFUSED,
      defaultRetention.read(handle).then((found) => found !== null),
    ),
    almighty:
      brand === 'MinIO'
        ? await seenUnless(REFUSED, isAlmighty(handle))
        : { unseen: 'its server does not tell what credentials may do: only MinIO does' },
  };
}

/** By what MinIO says of the account: the policies of its user and groups in one. */
async function isAlmighty(handle: BucketHandle): Promise<boolean> {
  const answer = await handle.byPath().ask('asking what the credentials may do', async (client) => {
    const { body } = await exchange(client, { method: 'GET', bucket: 'minio', key: 'admin/v3/accountinfo' });
    return jsonAnswer(handle, 'what the credentials may do', body.toString('utf8'));
  });
  const found = isObject(answer) ? (answer['Policy'] ?? answer['policy']) : undefined;
  const statements: readonly Json[] = readList(found, 'Statement');
  const anyOf = (statement: Json, field: string, all: readonly string[]) =>
    [readText(statement, field), ...readList(statement, field)].some(
      (one) => typeof one === 'string' && all.includes(one),
    );
  return statements.some(
    (statement) =>
      readText(statement, 'Effect') === 'Allow' &&
      anyOf(statement, 'Action', EVERY_ACTION) &&
      // Those of the administration have no resource.
      (!isObject(statement) || statement['Resource'] === undefined || anyOf(statement, 'Resource', EVERY_RESOURCE)),
  );
}
