import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../../src/domain/json.ts';
import type { KubernetesObject } from '../../src/domain/kubernetes-api.ts';
import { unlisted } from '../../src/velero/backup/gone.ts';
import { newestGood } from '../../src/velero/backup/good.ts';
import { judgeBackup } from '../../src/velero/backup/judge.ts';
import { parseResults, readResults } from '../../src/velero/backup/results.ts';
import { backupStatus } from '../../src/velero/backup/status.ts';

const clean = { errors: [], warnings: [] };
const completed = {
  phase: 'Completed',
  startTimestamp: '2026-11-01T02:00:00Z',
  completionTimestamp: '2026-11-01T02:00:07Z',
  progress: { itemsBackedUp: 26, totalItems: 26 },
};

function backup(status: JsonObject, name = 'b'): KubernetesObject {
  return { apiVersion: 'velero.io/v1', kind: 'Backup', metadata: { name, namespace: 'velero' }, status };
}

const judged = (status: JsonObject, results: Parameters<typeof judgeBackup>[1] = clean) =>
  judgeBackup(backupStatus(backup(status)), results);

describe('a backup', () => {
  test('is good when it is Completed, holds every item, and neither status nor results tell of an error', () => {
    expect(judged({ ...completed, warnings: 1 }, { errors: [], warnings: ['a: odd'] })).toEqual({
      good: true,
      faults: [],
      warnings: ['a: odd'],
      again: false,
      kindsGone: false,
    });
  });

  test.each([
    ['Completed with errors', { ...completed, errors: 2 }, clean, ['2 errors']],
    ['Completed and empty', { ...completed, progress: {} }, clean, ['it holds nothing']],
    [
      'Completed with items missing',
      { ...completed, progress: { itemsBackedUp: 25, totalItems: 26 } },
      clean,
      ['25 of 26 items are in it'],
    ],
    [
      'Completed with an error in its results file',
      completed,
      { errors: ['data: no'], warnings: [] },
      ['error data: no'],
    ],
    ['without a results file', completed, null, ['its results file is not in the bucket']],
    ['with a results file of another making', completed, 'unreadable' as const, ['its results file cannot be read']],
    [
      'with a snapshot that did not complete',
      { ...completed, volumeSnapshotsAttempted: 2, volumeSnapshotsCompleted: 1 },
      clean,
      ['1 volume operations did not complete'],
    ],
    ['PartiallyFailed', { ...completed, phase: 'PartiallyFailed' }, clean, ['it is PartiallyFailed']],
    ['that never began', {}, 'not read' as const, ['it is not begun', 'it holds nothing']],
  ])('%s is not good, and says why', (_name, status, results, faults) => {
    expect(judged(status, results)).toMatchObject({ good: false, faults, again: false });
  });

  test('that was refused for its location is worth another attempt', () => {
    const status = { phase: 'FailedValidation', validationErrors: ['backup can not be created: it is unavailable'] };
    expect(judged(status, 'not read')).toMatchObject({
      faults: ['it is FailedValidation: backup can not be created: it is unavailable'],
      again: true,
    });
  });

  test('orphaned by a restart of Velero is recognised and worth another attempt', () => {
    const failureReason = 'found a backup with status "InProgress" during the server starting, mark it as "Failed"';
    const verdict = judged({ ...completed, phase: 'Failed', failureReason });
    expect(verdict).toMatchObject({ good: false, again: true });
    expect(verdict.faults[0]).toBe('Velero was restarted while it made the backup');
  });

  test.each([
    'rpc error: code = Unknown desc = failed to refresh cached credentials, no EC2 IMDS role found, operation error ec2imds: GetMetadata, request to EC2 IMDS failed',
    'rpc error: code = Unknown desc = error putting object: dial tcp 127.0.0.1:9000: connect: connection refused',
  ])('that failed at the object store is worth another attempt: %s', (why) => {
    const failed = { ...completed, phase: 'Failed', failureReason: `backup execution failed: ${why}` };
    expect(judged(failed, null)).toMatchObject({ good: false, again: true });
  });

  test('that failed only because kinds are gone since Velero looked is worth another attempt without them', () => {
    const partial = { ...completed, phase: 'PartiallyFailed', errors: 2 };
    const gone = [
      'velero:  message: /Error listing resources error: /the server could not find the requested resource',
      'data:  resource: /widgets message: /Error listing items error: /the server could not find the requested resource',
    ];
    expect(judged(partial, { errors: gone, warnings: [] })).toMatchObject({
      good: false,
      again: true,
      kindsGone: true,
    });
    const more = {
      errors: [...gone, 'data:  resource: /secrets message: /Error listing items error: /forbidden'],
      warnings: [],
    };
    expect(judged(partial, more)).toMatchObject({ good: false, again: false, kindsGone: false });
  });

  test('quotes what somebody can mend before any number of kinds that are gone', () => {
    const gone = Array.from(
      { length: 20 },
      (_, index) =>
        `velero:  resource: /kind${String(index)} message: /Error listing items error: /the server could not find the requested resource`,
    );
    const hook = 'data:  name: /api message: /Error executing hook error: /timed out';
    const partial = { ...completed, phase: 'PartiallyFailed', errors: 21 };
    expect(judged(partial, { errors: [...gone, hook], warnings: [] }).faults).toContain(`error ${hook}`);
  });

  test.each([
    [
      'JSON',
      '{"error.message":"gone","level":"error","msg":"Error listing resources"}\n' +
        '{"group":"a.example.com/v1","level":"error","msg":"Error listing items","namespace":"data","resource":"widgets"}\n' +
        '{"group":"apps/v1","level":"info","msg":"Listing items","namespace":"data","resource":"deployments"}\n',
    ],
    [
      'text',
      'time="2026-11-01T02:00:00Z" level=error msg="Error listing items" group=a.example.com/v1 namespace=data resource=widgets\n' +
        'time="2026-11-01T02:00:00Z" level=info msg="Listing items" group=apps/v1 namespace=data resource=deployments\n',
    ],
  ])('names in its log, written as %s, the kinds that are gone', (_format, log) => {
    expect(unlisted(log)).toEqual(['widgets.a.example.com']);
  });

  test('is found as the newest good one, whatever is newer and bad', () => {
    const at = (completionTimestamp: string, more: JsonObject = {}) => ({ ...completed, completionTimestamp, ...more });
    const backups = [
      backup(at('2026-11-01T02:00:00Z'), 'old'),
      backup(at('2026-11-03T02:00:00Z', { errors: 1 }), 'bad'),
      backup(at('2026-11-02T02:00:00Z'), 'newest'),
    ];
    expect(newestGood(backups)?.metadata.name).toBe('newest');
    expect(newestGood([])).toBeNull();
  });
});

describe('the results file', () => {
  const content = { errors: { velero: ['v'], namespaces: { data: ['x', 'y'] } }, warnings: { cluster: ['c'] } };

  test('is read with the namespace of each message', async () => {
    expect(await parseResults(gzipSync(JSON.stringify(content)))).toEqual({
      errors: ['velero: v', 'data: x', 'data: y'],
      warnings: ['cluster: c'],
    });
  });

  test.each([
    ['not gzip', Buffer.from('{}')],
    ['not JSON', gzipSync('nonsense')],
    ['of another shape', gzipSync('{"errors": 7}')],
  ])('that is %s is unreadable', async (_name, bytes) => {
    expect(await parseResults(bytes)).toBe('unreadable');
  });

  test('is looked for where Velero keeps it', async () => {
    const asked: string[] = [];
    const reader = {
      read: (bucket: string, key: string) => {
        asked.push(`${bucket} ${key}`);
        return Promise.resolve(null);
      },
    };
    const { signal } = new AbortController();
    await readResults(reader, { bucket: 'b', prefix: 'p/q' }, { kind: 'backup', name: 'n' }, signal);
    await readResults(reader, { bucket: 'b', prefix: '' }, { kind: 'restore', name: 'n' }, signal);
    expect(asked).toEqual(['b p/q/backups/n/n-results.gz', 'b restores/n/restore-n-results.gz']);
  });
});
