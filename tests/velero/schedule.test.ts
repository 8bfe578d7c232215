import { describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../../src/domain/json.ts';
import { veleroSchedule } from '../../src/domain/kinds/velero-schedule.ts';
import type { KubernetesObject } from '../../src/domain/kubernetes-api.ts';
import { scheduleFindings } from '../../src/velero/schedule/schedule-findings.ts';
import { scheduleObject } from '../../src/velero/schedule/objects.ts';
import { told } from '../support/told.ts';

const spec = veleroSchedule.parse({ name: 'daily', schedule: '0 2 * * *', includedNamespaces: ['data'] });
const now = new Date('2026-11-10T12:00:00Z');

function backup(completionTimestamp: string, more: JsonObject = {}): KubernetesObject {
  const status = { phase: 'Completed', completionTimestamp, progress: { itemsBackedUp: 1, totalItems: 1 }, ...more };
  return { apiVersion: 'velero.io/v1', kind: 'Backup', metadata: { name: `at-${completionTimestamp}` }, status };
}

function found(creationTimestamp: string, status: JsonObject = { phase: 'Enabled' }): KubernetesObject {
  const object = scheduleObject(spec);
  return { ...object, metadata: { ...object.metadata, creationTimestamp }, status };
}

function fresh(schedule: KubernetesObject | null, backups: readonly KubernetesObject[], more = {}) {
  const change = { action: 'unchanged', what: 'Schedule', destructive: false } as const;
  const state = { plan: { change, object: scheduleObject(spec), found: schedule }, backups };
  return told(scheduleFindings({ ...spec, ...more }, state, now));
}

describe('the evidence of a schedule', () => {
  test('holds with a young good backup, and tells its age', () => {
    const [enabled, , freshness] = fresh(found('2026-01-01T00:00:00Z'), [backup('2026-11-10T02:00:00Z')]);
    expect(enabled).toMatchObject({ claim: 'is enabled', holds: true });
    expect(freshness).toMatchObject({
      claim: 'its newest good backup is younger than 26h',
      holds: true,
      observed: { ageSeconds: 36_000, bad: 0 },
    });
  });

  test('does not hold when only bad backups are young', () => {
    const backups = [backup('2026-11-08T02:00:00Z'), backup('2026-11-10T02:00:00Z', { phase: 'PartiallyFailed' })];
    expect(fresh(found('2026-01-01T00:00:00Z'), backups)[2]).toMatchObject({
      holds: false,
      observed: { bad: 1, failing: { backup: 'at-2026-11-10T02:00:00Z', faults: ['it is PartiallyFailed'] } },
    });
  });

  test('tells of the newest backup that it failed its validation, although that never began', () => {
    const made = (creationTimestamp: string, of: KubernetesObject): KubernetesObject => ({
      ...of,
      metadata: { ...of.metadata, creationTimestamp },
    });
    const refused: KubernetesObject = {
      apiVersion: 'velero.io/v1',
      kind: 'Backup',
      metadata: { name: 'refused' },
      status: { phase: 'FailedValidation', validationErrors: ['the location is not available'] },
    };
    const backups = [
      made('2026-11-10T02:00:00Z', refused),
      made('2026-11-09T02:00:00Z', backup('2026-11-09T02:00:05Z')),
    ];
    expect(fresh(found('2026-01-01T00:00:00Z'), backups)[2]).toMatchObject({
      observed: { failing: { backup: 'refused', faults: ['it is FailedValidation: the location is not available'] } },
    });
  });

  test('claims nothing of a backup that was never made: of a new schedule that there is none yet, of an old one it fails', () => {
    expect(fresh(found('2026-11-10T11:00:00Z'), [])[2]).toMatchObject({
      claim: 'has made no good backup yet, and is younger than 26h',
      holds: true,
      observed: { newest: null, due: false },
    });
    const missing = { claim: 'its newest good backup is younger than 26h', holds: false, observed: { due: true } };
    expect(fresh(found('2026-11-08T11:00:00Z'), [])[2]).toMatchObject(missing);
    expect(fresh(null, [])[2]).toMatchObject(missing);
  });

  test('does not call the old backup of a paused schedule young', () => {
    const [, , freshness] = fresh(found('2026-01-01T00:00:00Z'), [backup('2026-11-01T02:00:00Z')], { paused: true });
    expect(freshness).toMatchObject({
      claim: 'made its newest good backup 226 h 0 min ago, and is paused',
      holds: true,
    });
  });

  test('tells a paused schedule and one that Velero refuses', () => {
    const asDeclared = found('2026-01-01T00:00:00Z', { phase: 'Enabled' });
    const stopped = { ...asDeclared, spec: { ...(asDeclared.spec as JsonObject), paused: true } };
    const [paused, , freshness] = fresh(stopped, [], { paused: true });
    expect([paused?.holds, freshness?.holds]).toEqual([true, true]);
    // By somebody else: Velero calls it Enabled all the same.
    expect(fresh(stopped, [])[0]).toMatchObject({ claim: 'is enabled', holds: false, observed: { paused: true } });
    const refused = found('2026-01-01T00:00:00Z', { phase: 'FailedValidation', validationErrors: ['bad cron'] });
    expect(fresh(refused, [])[0]).toMatchObject({ holds: false, observed: { validationErrors: ['bad cron'] } });
  });
});
