import { describe, expect, test } from '@jest/globals';
import { WindlassFailure } from '../../src/domain/failure.ts';
import { objectstoreBucketEngine } from '../../src/objectstore/bucket-engine.ts';
import { answering, connectionTo, engineContext, refusing, SECRET } from './support.ts';

const spec = { bucket: 'velero-backups' };

async function planFailure(port: number): Promise<WindlassFailure> {
  const failure: unknown = await objectstoreBucketEngine(connectionTo(port))
    .plan(spec, engineContext())
    .then(
      () => null,
      (error: unknown) => error,
    );
  if (!(failure instanceof WindlassFailure)) throw new Error('the plan did not fail with a WindlassFailure');
  return failure;
}

describe('a refusal of the object store', () => {
  test.each([
    [403, 'InvalidAccessKeyId', 'AccessDenied', 'does not know the access key', 'gives the access key'],
    [403, 'SignatureDoesNotMatch', 'AccessDenied', 'the secret key does not belong', 'gives the secret key'],
    [403, 'AccessDenied', 'AccessDenied', 'does not allow this', 'Give the access key the right'],
    [403, 'RequestTimeTooSkewed', 'AccessDenied', 'clock skew', 'Set the clocks'],
    [400, 'AuthorizationHeaderMalformed', 'InvalidRollout', 'another region', 'Set the region'],
    [409, 'OperationAborted', 'TargetBusy', 'still busy', 'Nothing to do if it passes'],
    [503, 'SlowDown', 'Throttled', 'HTTP status 503', 'Nothing to do if it passes'],
    [500, 'InternalError', 'ServerError', 'HTTP status 500', 'Nothing to do if it passes'],
    [418, 'XTeapot', 'ServerError', 'answered XTeapot', 'Look up XTeapot'],
  ])('HTTP %i %s becomes %s and says what to do', async (status, code, type, says, next) => {
    await using server = await refusing(status, code);
    const failure = await planFailure(server.port);
    expect(failure.type).toBe(type);
    expect(failure.message).toContain(says);
    expect(failure.options.next).toContain(next);
    expect(failure.options.object).toBe('bucket velero-backups');
    expect(JSON.stringify(failure.summary())).not.toContain(SECRET);
  });

  test('a web server that is no object store is called that and not tried again', async () => {
    await using server = await answering((_request, response) => {
      response.writeHead(403, { 'content-type': 'text/html' }).end('<html><body>Forbidden<br></body></html>');
    });
    const failure = await planFailure(server.port);
    expect(failure.summary()).toMatchObject({ type: 'TargetUnreachable', retryable: false });
    expect(failure.message).toContain('is not an S3 server');
  });

  test('a brief refusal is asked again before it is reported', async () => {
    let requests = 0;
    await using server = await answering((_request, response) => {
      requests += 1;
      response.writeHead(requests === 1 ? 503 : 200).end();
    });
    const changes = await objectstoreBucketEngine(connectionTo(server.port)).plan(spec, engineContext());
    expect(changes).toEqual([{ action: 'unchanged', what: 'bucket velero-backups', destructive: false }]);
    expect(requests).toBe(2);
  });

  test('an endpoint that is not the URL of a server is a bad reference, and its text is not repeated', async () => {
    for (const endpoint of [`http://user:${SECRET}@host`, `s3.example.com`, `https://host/${SECRET}`]) {
      const engine = objectstoreBucketEngine({ ...connectionTo(1), endpoint });
      const failure: unknown = await engine.plan(spec, engineContext()).catch((error: unknown) => error);
      expect(failure).toMatchObject({ type: 'ReferenceUnresolved' });
      expect(JSON.stringify((failure as WindlassFailure).summary())).not.toContain(SECRET);
    }
  });
});
