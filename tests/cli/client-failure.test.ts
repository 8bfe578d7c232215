import { expect, test } from '@jest/globals';
import { ServiceError } from '@temporalio/client';
import { clientFailure } from '../../src/client-failure.ts';

/** As the client throws what Temporal answers. */
function answered(code: number): ServiceError {
  const cause = Object.assign(new Error('said by the server'), { code, details: 'said by the server', metadata: {} });
  return new ServiceError('Failed to query Workflow', { cause });
}

test.each([
  ['that nobody answers', 4, 'TargetUnreachable', 'no worker did so in time', 'Start a worker'],
  ['a workflow that workers fail with', 9, 'Internal', 'workers fail with it again and again', 'Workflow Task Failed'],
  ['rights that are missing', 7, 'AccessDenied', 'does not let you in', 'API key'],
  ['an API key that does not count', 16, 'AccessDenied', 'does not let you in', 'API key'],
  ['a server that is away', 14, 'TargetUnreachable', 'cannot be reached', 'TEMPORAL_ADDRESS'],
  ['an answer of another kind', 13, 'TargetUnreachable', 'code 13 of gRPC', 'TEMPORAL_ADDRESS'],
])('%s is told as what it is', (_what, code, type, message, next) => {
  const failure = clientFailure(answered(code), 'rollout/lab/shop');
  expect(failure).toMatchObject({ type, message: expect.stringContaining(message) as unknown });
  expect(failure.summary()).toMatchObject({
    object: 'rollout/lab/shop',
    next: expect.stringContaining(next) as unknown,
  });
});
