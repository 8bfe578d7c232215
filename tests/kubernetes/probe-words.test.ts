import { expect, test } from '@jest/globals';
import { crashVerdict } from '../../src/kubernetes/wait/verdicts/crash.ts';
import { containersOf } from '../../src/kubernetes/wait/verdicts/containers.ts';
import { probeWords } from '../../src/kubernetes/wait/verdicts/probe-words.ts';

test.each([
  ['Readiness probe failed: HTTP probe failed with statuscode: 503', 'HTTP probe failed with statuscode: 503'],
  [
    'Liveness probe failed: Get "http://10.0.0.1:80/?key=canary": dial tcp 10.0.0.1:80: connect: connection refused',
    'connection refused',
  ],
  [
    'Readiness probe failed: service unhealthy (responded with "NOT_SERVING")',
    'service unhealthy (responded with "NOT_SERVING")',
  ],
])('of a failing probe is told how the answer came: %s', (message, how) => {
  expect(probeWords({ message })).toBe(`${message.split(':')[0] ?? ''}: ${how}`);
});

test('of a failing probe nothing is told that its command printed', () => {
  expect(probeWords({ message: 'Readiness probe failed: psql: password canary is wrong' })).toBe(
    'Readiness probe failed',
  );
  expect(probeWords({ message: 'Container web failed liveness probe, canary' })).toBe('a probe fails');
});

test('of a container that crashes nothing is told that it left as its last message', () => {
  const terminated = { exitCode: 1, reason: 'Error', message: 'cannot log in with canary4111' };
  const state = { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 10s restarting failed container' } };
  const status = { name: 'web', ready: false, restartCount: 4, state, lastState: { terminated } };
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web-0', namespace: 'a' },
    status: { containerStatuses: [status] },
  };
  const graces = { crashMs: 1, probeMs: 1 } as Parameters<typeof crashVerdict>[2];
  const found = containersOf(pod).flatMap((report) => crashVerdict(report, [], graces));
  expect(found).toMatchObject([{ reason: 'CrashLoopBackOff', message: 'exit code 1, restarted 4 times' }]);
  expect(JSON.stringify(found)).not.toContain('canary4111');
});
