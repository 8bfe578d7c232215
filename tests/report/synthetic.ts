import type { Change } from '../../src/domain/change.ts';
import type { FindingOf, RecordedFinding } from '../../src/domain/evidence.ts';
import type { QueryOutcome } from '../../src/domain/evidence/monitoring.ts';
import type { RecordEntry } from '../../src/domain/record-entry.ts';
import type { Scorecard } from '../../src/domain/readiness/scorecard.ts';
import type { StepStatus } from '../../src/domain/status.ts';
import { buildReport, type Report } from '../../src/report/index.ts';
import { applied, decision, entry, finding, plan, step, verdict } from './entries.ts';

const DAY = 86_400;

/** A run with everything that a page shows; `text` stands wherever people or servers write. */
export function eventfulReport(text: string): Report {
  const changes: readonly Change[] = [
    { action: 'create', what: `bucket ${text}`, destructive: false, observed: text, knownAfter: text },
    { action: 'update', what: `Deployment ${text}`, destructive: false, detail: [`spec.image: ${text} -> ${text}`] },
    { action: 'delete', what: `database ${text}`, destructive: true, asks: text },
  ];
  const failure = { type: 'SqlFailed', message: text, object: text, next: text, retryable: false } as const;
  const audit = { how: 'real', source: text, time: '2026-01-01T00:00:09.000Z' } as const;
  const findings: readonly RecordedFinding[] = [
    {
      ...{ ...audit, kind: 'audit-check', holds: false },
      about: { check: text, claim: text, of: text },
      observed: {
        ...{ severity: 'critical', open: 3, exempt: 1, mend: text, stands: [text] },
        faults: [{ where: text, what: text }],
      },
    },
    {
      ...{ ...audit, kind: 'audit-exemption', holds: false },
      about: { subject: text, checks: [text], owner: text, reason: text, until: '2027-01-01T00:00:00.000Z' },
      observed: { matched: 0, lapsed: true },
    },
    {
      ...{ ...audit, kind: 'audit-coverage', holds: false },
      about: { of: text },
      observed: { checks: 64, objects: 812, unseen: [{ check: text, where: text, why: text }] },
    },
  ];
  const readings = (value: number, why?: string) => [
    {
      name: 'pods',
      title: text,
      unit: 'pods',
      better: 'higher',
      value,
      how: 'simulated',
      source: text,
      time: iso(1),
    } as const,
    { name: 'x', title: 'Size', unit: 'bytes', value: null, why: why ?? text, source: text, time: iso(1) } as const,
    { name: 'y', title: 'Failing pods', better: 'lower', value: 20 - value / 10, source: text, time: iso(1) } as const,
  ];
  const waived = decision(text, 'approve', text, null) as Extract<RecordEntry['body'], { type: 'decision' }>;
  const entries: readonly RecordEntry[] = [
    entry(0, null, { type: 'start', by: text, signature: '', verified: true }),
    entry(0.5, null, { type: 'measures', moment: 'before', readings: readings(20) }),
    entry(1, 'data/schema', plan([{ action: 'create', what: 'migration V1', destructive: false }])),
    entry(4, 'data/schema', { type: 'parked', failure }),
    entry(70, 'data/schema', {
      type: 'command',
      action: 'retry',
      by: text,
      comment: text,
      denial: null,
      verified: true,
    }),
    entry(71, 'data/schema', { type: 'command', action: 'abort', by: text, comment: '', denial: text }),
    entry(73, 'data/schema', applied([{ action: 'create', what: 'migration V1', destructive: false }], 2_000)),
    entry(74, 'data/schema', { type: 'evidence', findings: [finding(text, text, { how: 'stand-in', source: text })] }),
    entry(75, 'data/bucket', plan(changes)),
    entry(80, 'data/bucket', decision('bob', 'approve', text, text)),
    entry(2 * DAY, 'data/bucket', { ...waived, decision: { ...waived.decision, waives: text } }),
    entry(2 * DAY + 9, 'data/bucket', applied(changes, 7_000)),
    entry(2 * DAY + 11, 'data/bucket', {
      type: 'evidence',
      findings: [finding(text, text, { holds: false }), finding('Deployment web', 'is ready', { how: 'simulated' })],
    }),
    entry(2 * DAY + 12, 'data/audit', { type: 'evidence', findings }),
    entry(2 * DAY + 13, 'data/watched', { type: 'evidence', findings: watched(text) }),
    entry(2 * DAY + 14, 'data/load', { type: 'evidence', findings: [loaded(text, true), loaded(text, false)] }),
    ...[40, 44, 39, 47, 52, null, 61].map((rtoSeconds, at) =>
      entry(2 * DAY + 20 + at, 'data/drill', {
        type: 'drill',
        verdict: {
          verdict: rtoSeconds === null ? 'refuted' : 'proven',
          backup: text,
          backedUpAt: iso(DAY),
          faults: rtoSeconds === null ? [text] : [],
          missed: rtoSeconds === 61 ? [text] : [],
          ...{ rtoSeconds, rpoSeconds: 3_600 + at },
          failure: null,
        },
      }),
    ),
    entry(2 * DAY + 30, null, { type: 'measures', moment: 'after', readings: readings(76) }),
    entry(2 * DAY + 31, null, ended()),
  ];
  const place = { environment: 'lab', rollout: 'shop', run: 'run-1' };
  const damaged = [{ ...place, type: null, object: text, damage: 'gone', why: text } as const];
  return buildReport({ entries, damaged }, { readiness: cardOf(text), directory: text });
}

/** What boards and rules came to: each outcome of a query, with curves that rise, break, stand still and have one number. */
function watched(text: string): readonly RecordedFinding[] {
  const curves: Readonly<Partial<Record<QueryOutcome, readonly (number | null)[]>>> = {
    data: Array.from({ length: 60 }, (_, at) => (at % 20 === 7 ? null : 40 + at + 12 * Math.sin(at / 4))),
    default: Array.from({ length: 60 }, () => 5),
    'no series': [null, null, 3, null],
  };
  const outcomes: readonly QueryOutcome[] = ['data', 'rest', 'default', 'no series', 'NaN', 'error'];
  const of = (
    within: string,
    outcome: QueryOutcome,
    at: number,
    exempt: string | null,
  ): FindingOf<'monitoring-query'> => {
    const answered = outcome === 'data' || outcome === 'rest';
    const curve = curves[outcome];
    const query = {
      ...{ ref: at === 0 ? 'A' : '', line: 3 + at, asked: `sum by (job) (rate(${text}[5m]))`, outcome },
      ...{ series: answered ? 4 : 0, value: answered ? 7.125 : null, why: answered ? null : text },
      ...(curve === undefined ? {} : { curve }),
    };
    return {
      ...{
        kind: 'monitoring-query',
        holds: answered || exempt !== null,
        how: 'real',
        source: text,
        time: iso(DAY + at),
      },
      about: {
        of: outcome === 'rest' ? 'alert' : 'panel',
        within,
        name: `${text} ${String(at)}`,
        file: 'board.json',
        line: 3,
      },
      observed: { queries: [query], exempt, faults: answered ? [] : [text] },
    };
  };
  return [
    ...outcomes.map((outcome, at) => of(text, outcome, at, null)),
    ...outcomes.map((outcome, at) => of('Platform Overview', outcome, at, outcome === 'error' ? text : null)),
    ...Array.from({ length: 12 }, (_, at) => of('Data Platform Health', 'data', at, null)),
  ];
}

/** A load that held, or did not, with a curve of 40 seconds. */
function loaded(text: string, holds: boolean): FindingOf<'load-held'> {
  const curve = Array.from({ length: 40 }, (_, at) => {
    const failed = holds || at < 30 ? 0 : at;
    const due = 25 + 2 * at;
    return {
      fromMs: at * 1_000,
      due,
      answered: due - failed,
      failed,
      p50: 3 + at / 10,
      p99: 9 + (at % 7) * (holds ? 1 : 9),
    };
  });
  return {
    ...{ kind: 'load-held', holds, how: 'real', source: text, time: iso(DAY) },
    about: {
      request: `GET http://${text}/${holds ? 'health' : 'reports'}`,
      stages: [{ from: 25, to: 105, ms: 40_000 }],
      ...{ connections: 20, reuse: true, timeoutMs: 10_000, status: 200 },
      thresholds: { latency: [{ percentile: 99, atMostMs: 100 }], errors: 0.01 },
    },
    observed: {
      ...{
        due: 2_560,
        sent: 2_560,
        answered: holds ? 2_560 : 2_215,
        failed: holds ? {} : { [text]: 345 },
        seconds: 40,
      },
      percentiles: [
        [50, 5.1],
        [99, 15.2],
      ],
      ...{ least: 2.9, mean: 5.4, most: 16, curve, connectionsOpened: 3, lateMs: 0.4, cpuSeconds: 0.7 },
      histogram: Array.from(
        { length: 50 },
        (_, at) => [3 + at / 4, Math.round(200 / (1 + (at - 9) ** 2 / 9))] as const,
      ),
      ...{ aborted: holds ? null : text, faults: holds ? [] : [text] },
    },
  };
}

function ended(): RecordEntry['body'] {
  const timed = (one: StepStatus, from: number, to: number): StepStatus => ({
    ...one,
    startedAt: iso(from),
    endedAt: iso(to),
  });
  const steps = [
    timed(step('schema', 'done', 'postgres.migrate'), 0, 74),
    timed(step('bucket', 'done', 'objectstore.bucket'), 74, 2 * DAY + 11),
    timed(step('audit', 'done', 'audit'), 2 * DAY + 11, 2 * DAY + 12),
    timed(step('watched', 'done', 'monitoring.verify'), 2 * DAY + 12, 2 * DAY + 13),
    timed(step('load', 'done', 'load'), 2 * DAY + 13, 2 * DAY + 14),
    timed(step('drill', 'done', 'velero.drill'), 2 * DAY + 14, 2 * DAY + 27),
    step('index', 'unchanged', 'postgres.migrate'),
    step('later', 'pending', 'probe'),
  ];
  return verdict('failed', steps);
}

function iso(seconds: number): string {
  return new Date(Date.UTC(2026, 0, 1) + seconds * 1_000).toISOString();
}

/** A scorecard in which a check comes to each result. */
function cardOf(text: string): Scorecard {
  const evidence = {
    outcome: 'holds',
    why: text,
    how: 'simulated',
    source: text,
    time: iso(9),
    recorded: iso(9),
    run: text,
    entry: 'e',
  } as const;
  const common = {
    points: 2,
    level: 'base',
    must: true,
    label: text,
    excused: false,
    why: text,
    evidence,
    lapses: null,
    mend: text,
    renew: { verb: 'attest', of: text },
  } as const;
  const checks = (['pass', 'fail', 'stale', 'unobserved', 'exempt', 'not applicable'] as const).map((result) => ({
    ...common,
    ...{ name: `check-${result}`, title: `${text} ${result}`, result },
    lapses: result === 'pass' ? iso(3 * DAY) : null,
  }));
  const score = { score: 42.5, level: null, capped: [text] };
  const area = {
    name: 'data',
    title: text,
    weight: 2,
    applies: true,
    points: { all: 10, earned: 4, apart: 2 },
    ...score,
    real: score,
    checks,
  };
  const exemption = {
    check: text,
    until: '2026-02-01',
    holds: true,
    requestedBy: text,
    approvedBy: text,
    reason: text,
  };
  const areas = [area, { ...area, name: 'other', title: 'Elsewhere', applies: false }];
  return { at: iso(2 * DAY), simulated: 'apart', ...score, real: score, cap: 50, areas, exemptions: [exemption] };
}

/** A run of many changes and as many findings, in steps of five systems. */
export function largeReport(changes: number): Report {
  const kinds = [
    'kubernetes.apply',
    'postgres.migrate',
    'objectstore.bucket',
    'velero.schedule',
    'dolphinscheduler.project',
  ];
  const steps = Array.from({ length: 40 }, (_, at) => ({
    name: `step-${String(at)}`,
    kind: kinds[at % kinds.length]!,
  }));
  const each = changes / steps.length;
  const entries = steps.flatMap(({ name }, at) => {
    const own = Array.from({ length: each }, (_, one): Change => {
      const what = `Deployment data-platform/service-${String(at)}-${String(one)}`;
      const action = one % 7 === 0 ? 'update' : 'create';
      const detail = [
        `spec.template.spec.containers[0].image: registry/app:${String(one)} -> registry/app:${String(one + 1)}`,
      ];
      return { action, what, destructive: false, ...(action === 'update' ? { detail } : {}) };
    });
    const findings = own.map(({ what }) => finding(what, 'is ready', { how: 'simulated' }));
    return [
      entry(at * 10 + 1, `data/${name}`, plan(own)),
      entry(at * 10 + 8, `data/${name}`, applied(own, 6_000)),
      entry(at * 10 + 9, `data/${name}`, { type: 'evidence', findings }),
    ];
  });
  const statuses = steps.map(({ name, kind }, at) => ({
    ...step(name, 'done', kind),
    startedAt: iso(at * 10),
    endedAt: iso(at * 10 + 9),
  }));
  const start = entry(0, null, { type: 'start', by: 'ada', signature: '' });
  return buildReport({ entries: [start, ...entries, entry(400, null, verdict('done', statuses))], damaged: [] });
}
