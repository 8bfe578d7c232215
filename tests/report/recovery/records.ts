import type { PartProof, VolumesFacts } from '../../../src/domain/drill/part-facts.ts';
import type { Finding } from '../../../src/domain/evidence.ts';
import type { RecordEntry } from '../../../src/domain/record-entry.ts';

const DRILL = { namespace: 'velero', name: 'platform-drill' };

interface DrillOptions {
  readonly faults?: readonly string[];
  readonly late?: boolean;
  /** Beside the database. */
  readonly parts?: readonly PartProof[];
  /** Of the database. */
  readonly notCompared?: readonly string[];
}

/** The evidence of one drill of the flagship, at a time (ISO 8601). */
function drill(time: string, backup: string, more: DrillOptions = {}): RecordEntry {
  const { faults = [], late = false, parts = [], notCompared = [] } = more;
  const common = { how: 'real', source: `restore of Backup velero/${backup}`, time } as const;
  return evidence('254carbon', time, [
    {
      ...common,
      kind: 'drill-proof',
      about: { drill: DRILL, backup },
      holds: faults.length === 0,
      observed: {
        faults,
        parts: [
          ...parts,
          {
            name: 'database-platform-db-dolphinscheduler',
            part: 'database',
            of: { target: 'platform-db', database: 'dolphinscheduler' },
            bytes: 90_000,
            at: time,
            dumpSeconds: 1,
            restoreSeconds: 3.2,
            ...(notCompared.length === 0 ? {} : { notCompared }),
            seconds: 4,
          },
        ],
        restoreSeconds: 21.4,
        ageSeconds: 90,
      },
    },
    {
      ...common,
      kind: 'objective',
      about: { drill: DRILL, objective: 'rto', limit: '30m' },
      holds: !late,
      observed: { took: '21.4 s', seconds: late ? 2_700 : 21.4 },
    },
    {
      ...common,
      kind: 'objective',
      about: { drill: DRILL, objective: 'rpo', limit: '1h' },
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

/** The part of a drill that has compared the data in volumes. */
export function volumes(more: Partial<VolumesFacts> = {}): PartProof {
  return {
    name: 'volumes',
    part: 'volumes',
    claims: ['data-platform/data-postgres-0'],
    files: 242,
    bytes: 210_000_000,
    moved: [],
    movedInAll: 0,
    notCompared: [],
    seconds: 12,
    ...more,
  };
}

export function provenWith(...parts: readonly PartProof[]): RecordEntry {
  return drill('2026-01-09T02:10:00.000Z', 'platform-drill-vol', { parts });
}

/** A drill that has proven a database but for an index. */
export const provenButForAnIndex: readonly RecordEntry[] = [
  drill('2026-01-09T02:10:00.000Z', 'platform-drill-idx', { notCompared: ['index public.t_x: it is invalid'] }),
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
      kind: 'restore',
      about: { restore: { namespace: 'velero', name: 'restore-254carbon-0123' }, backup: 'platform-drill-bbb' },
      holds: true,
      how: 'real',
      source: '/apis/velero.io/v1/namespaces/velero/restores/restore-254carbon-0123',
      time: '2026-01-09T08:00:00.000Z',
      observed: {
        phase: 'Completed',
        items: 64,
        errors: 0,
        warnings: 0,
        started: '2026-01-09T07:59:50.000Z',
        completed: '2026-01-09T07:59:57.000Z',
        seconds: 7,
        namespaces: ['data-platform'],
        existing: 'keep',
      },
    },
  ]),
];
