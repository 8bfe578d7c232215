import type { Finding } from '../../../src/domain/evidence.ts';
import type { RecordEntry } from '../../../src/domain/record-entry.ts';

const DRILL = 'Drill velero/platform-drill';

/** The evidence of one drill of the flagship, at a time (ISO 8601). */
function drill(time: string, backup: string, more: { faults?: readonly string[]; late?: boolean } = {}): RecordEntry {
  const { faults = [], late = false } = more;
  const common = { subject: DRILL, how: 'real', source: `restore of Backup velero/${backup}`, time } as const;
  return evidence('254carbon', time, [
    {
      ...common,
      claim: `Backup ${backup} is proven by a restore`,
      holds: faults.length === 0,
      observed: {
        faults,
        same: 61,
        restored: 64,
        restoreSeconds: 21.4,
        volumes: 'not proven: claims are compared',
        'database-platform-db-dolphinscheduler': { bytes: 90_000, restoreSeconds: 3.2 },
      },
    },
    {
      ...common,
      claim: 'restored and compared within 30m (rto)',
      holds: !late,
      observed: { took: '21.4 s', seconds: late ? 2_700 : 21.4 },
    },
    {
      ...common,
      claim: 'what is restored is not older than 1h (rpo)',
      holds: true,
      observed: { took: '1 min 30 s', seconds: 90 },
    },
  ]);
}

function evidence(rollout: string, time: string, findings: readonly Finding[]): RecordEntry {
  const scope = { environment: 'production', rollout, run: `run-${time}`, bundle: 'b'.repeat(64) };
  return {
    id: `${rollout}-${time}`,
    time,
    scope: { ...scope, phase: 'backup', step: 'drill' },
    body: { type: 'evidence', findings },
  };
}

/** When the runbooks of the tests are made. */
export const NOW = new Date('2026-01-10T12:00:00.000Z');

export const neverDrilled: readonly RecordEntry[] = [];

export const provenTwiceTheLastTwoDaysAgo: readonly RecordEntry[] = [
  drill('2026-01-06T02:10:00.000Z', 'platform-drill-aaa'),
  drill('2026-01-08T02:10:00.000Z', 'platform-drill-bbb', { late: true }),
];

export const provenThenRefuted: readonly RecordEntry[] = [
  drill('2026-01-08T02:10:00.000Z', 'platform-drill-bbb'),
  drill('2026-01-09T02:10:00.000Z', 'platform-drill-ccc', {
    faults: ['Secret data-platform/dolphinscheduler-db is missing in the restore'],
  }),
];

export const provenSoLongAgoThatItIsGone: readonly RecordEntry[] = [
  drill('2026-01-01T02:10:00.000Z', 'platform-drill-old'),
];

export const restoredInEarnest: readonly RecordEntry[] = [
  ...provenTwiceTheLastTwoDaysAgo,
  evidence('254carbon-restore', '2026-01-09T08:00:00.000Z', [
    {
      subject: 'Restore velero/restore-254carbon-0123',
      claim: 'Backup platform-drill-bbb was restored, without errors',
      holds: true,
      how: 'real',
      source: '/apis/velero.io/v1/namespaces/velero/restores/restore-254carbon-0123',
      time: '2026-01-09T08:00:00.000Z',
      observed: { phase: 'Completed', items: 64, seconds: 7, namespaces: ['data-platform'] },
    },
  ]),
];
