import type { StepDrift } from '../../src/domain/drift.ts';
import { describe, expect, test } from '@jest/globals';
import type { RecordEntry } from '../../src/domain/record-entry.ts';
import { buildReport as build, renderJson, renderMarkdown, renderPage } from '../../src/report/index.ts';
import { applied, change, decision, entry, finding, plan, step, verdict } from './entries.ts';

const buildReport = (entries: readonly RecordEntry[]) => build({ entries, damaged: [] });

const bucket = [change('create', 'bucket shop'), change('unchanged', 'policy of bucket shop')];
const start: RecordEntry = entry(0, null, { type: 'start', by: 'alice', signature: '' });

/** A run with a gate, a denied decision, an approval and evidence of all three sorts. */
const run: readonly RecordEntry[] = [
  start,
  entry(1, 'data/schema', plan([change('create', 'migration V1')])),
  entry(2, 'data/schema', applied([change('create', 'migration V1')])),
  entry(3, 'data/schema', { type: 'evidence', findings: [finding('migration V1', 'is applied', { how: 'stand-in' })] }),
  entry(4, 'data/bucket', plan(bucket)),
  entry(
    5,
    'data/bucket',
    decision('mallory', 'approve', 'let me in', 'mallory is not an approver of data/bucket (platform)'),
  ),
  entry(6, 'data/bucket', decision('bob', 'approve', 'go | ahead\n# now', null)),
  entry(7, 'data/bucket', applied(bucket)),
  entry(8, 'data/bucket', {
    type: 'evidence',
    findings: [finding('bucket shop', 'exists'), finding('Deployment web', 'is ready', { how: 'simulated' })],
  }),
  entry(34, null, verdict('done', [step('schema', 'done'), step('bucket', 'done', 'objectstore.bucket')])),
];

describe('the report of a run', () => {
  test('says first what became of it, with figures', () => {
    expect(buildReport(run).verdict).toBe('shop to lab is done: 2 of 2 steps done in 34.0 s, 2 created.');
    expect(renderMarkdown(buildReport(run)).split('\n')[2]).toBe(`**${buildReport(run).verdict}**`);
  });

  test('does not depend on the order in which entries come', () => {
    expect(buildReport(run.toReversed())).toEqual(buildReport(run));
  });

  test('names who started it, the bundle, the run and its times', () => {
    expect(buildReport(run)).toMatchObject({
      environment: 'lab',
      rollout: 'shop',
      run: 'run-1',
      bundle: 'b'.repeat(64),
      startedBy: 'alice',
      signed: false,
      startedAt: '2026-01-01T00:00:00.000Z',
      endedAt: '2026-01-01T00:00:34.000Z',
      durationMs: 34_000,
      state: 'done',
    });
  });

  test('tells of each step what was planned and what was changed', () => {
    const [phase] = buildReport(run).phases;
    expect(phase?.steps[1]).toMatchObject({
      name: 'bucket',
      kind: 'objectstore.bucket',
      state: 'done',
      planned: { counts: { create: 1, unchanged: 1 } },
      changed: { counts: { create: 1, unchanged: 1 }, lines: ['create    bucket shop'], more: 0, durationMs: 1_000 },
    });
  });

  test('tells every decision, denied ones with the reason', () => {
    expect(buildReport(run).decisions).toMatchObject([
      {
        by: 'mallory',
        verdict: 'approve',
        signed: false,
        denial: 'mallory is not an approver of data/bucket (platform)',
      },
      { by: 'bob', verdict: 'approve', signed: true, denial: null, gate: 'data/bucket', comment: 'go | ahead\n# now' },
    ]);
    const markdown = renderMarkdown(buildReport(run));
    expect(markdown).toContain(
      '| data/bucket | approve DENIED: mallory is not an approver of data/bucket (platform) | mallory |',
    );
    expect(markdown).toContain('| approved | bob (signed) | go \\| ahead \\# now |');
  });

  test('says plainly what was simulated and what is a stand-in', () => {
    const { provenance } = buildReport(run);
    expect(provenance.counts).toEqual({ real: 1, simulated: 1, 'stand-in': 1 });
    const markdown = renderMarkdown(buildReport(run));
    expect(markdown).toContain('- 1 fact of 3 was seen on real systems.');
    expect(markdown).toMatch(/- 1 fact was SIMULATED: .* nothing ran behind them/);
    expect(markdown).toMatch(/- 1 fact rests on a STAND-IN, .*: migration V1\./);
    expect(markdown).toContain('| Deployment web | is ready | yes | **simulated** |');
  });

  test('of a run without evidence says that nothing is proved', () => {
    expect(renderMarkdown(buildReport([start, entry(1, null, verdict('done', []))]))).toContain(
      'nothing in this report is proved',
    );
  });

  test('puts what does not hold first, and into the verdict', () => {
    const broken = entry(9, 'data/bucket', {
      type: 'evidence',
      findings: [finding('bucket shop', 'is private', { holds: false })],
    });
    const report = buildReport([...run, broken]);
    expect(report.verdict).toContain('but 1 claim does not hold');
    const rows = renderMarkdown(report)
      .split('## Evidence')[1]
      ?.split('\n')
      .filter((line) => line.startsWith('| data/'));
    expect(rows?.[0]).toContain('| bucket shop | is private | **NO** |');
  });

  test('shows a claim as it was found last', () => {
    const before = entry(7, 'data/bucket', {
      type: 'evidence',
      findings: [finding('bucket shop', 'exists', { holds: false })],
    });
    expect(buildReport([...run, before]).provenance.broken).toBe(0);
  });

  test('counts what an attempt changed before it was cut off, and that the next found it in place', () => {
    const retried = entry(
      9,
      'data/bucket',
      applied(
        bucket.map((one) => ({ ...one, action: 'unchanged' })),
        500,
      ),
    );
    expect(buildReport([...run, retried]).phases[0]?.steps[1]?.changed).toMatchObject({
      counts: { create: 1, unchanged: 1 },
      durationMs: 1_500,
    });
  });

  test('of a run that changed nothing says so', () => {
    const again = [
      start,
      entry(1, 'data/bucket', plan(bucket.slice(1))),
      entry(2, null, verdict('done', [step('bucket', 'unchanged')])),
    ];
    expect(buildReport(again).verdict).toBe(
      'shop to lab is done: 1 of 1 step done in 2.0 s, nothing had to be changed.',
    );
  });

  test('names a step that somebody skipped, with why, among what is left', () => {
    const report = buildReport([
      entry(1, 'data/index', { type: 'command', action: 'skip', by: 'bob', comment: 'no such index', denial: null }),
      entry(2, null, verdict('done', [step('schema', 'done'), step('index', 'skipped by hand')])),
    ]);
    expect(report.verdict).toContain('is done: 1 of 2 steps done (1 skipped, 1 of them BY HAND) in');
    const commands = [expect.stringContaining('windlass start') as unknown];
    expect(report.left).toMatchObject([
      { kind: 'skipped', what: 'data/index', why: 'was skipped by bob: no such index', commands },
    ]);
  });

  test('says which steps were skipped: nothing is shown of them, and they are not done', () => {
    const report = buildReport([
      start,
      entry(2, null, verdict('done', [step('schema', 'unchanged'), step('index', 'skipped'), step('bucket', 'done')])),
    ]);
    expect(report.verdict).toContain('is done: 2 of 3 steps done (1 skipped) in');
    const sentence = '1 step was SKIPPED, as parameters say, so that nothing is shown of what it claims: data/index.';
    expect(renderMarkdown(report)).toContain(sentence);
    expect(renderPage(report)).toContain(sentence);
  });

  test('counts steps that changed nothing, and gives them a row where all is asked for', () => {
    const report = buildReport([
      start,
      entry(1, null, verdict('done', [step('schema', 'unchanged'), step('index', 'skipped'), step('bucket', 'done')])),
    ]);
    const short = renderMarkdown(report);
    expect(short).toContain('Other steps: 1 unchanged, 1 skipped.');
    expect(short).toContain('| bucket |');
    expect(short).not.toContain('| schema |');
    expect(renderMarkdown(report, true)).toContain('| schema |');
  });

  test('lists failures with what to do next, and what operators asked for', () => {
    const failure = {
      type: 'SqlFailed',
      message: 'It failed.',
      object: 'V2.sql',
      next: 'Mend it.',
      retryable: false,
    } as const;
    const report = buildReport([
      start,
      entry(1, 'data/schema', { type: 'parked', failure }),
      entry(2, 'data/schema', { type: 'command', action: 'retry', by: 'bob', comment: 'mended', denial: null }),
      entry(3, 'data/schema', { type: 'command', action: 'abort', by: 'bob', comment: 'no use', denial: null }),
      entry(4, null, verdict('aborted', [step('schema', 'aborted'), step('bucket', 'pending')])),
    ]);
    expect(report.verdict).toBe('shop to lab was ABORTED after 4.0 s, with 0 of 2 steps done.');
    const markdown = renderMarkdown(report);
    expect(markdown).toContain('| data/schema | SqlFailed | V2.sql: It failed. | Mend it. |');
    expect(markdown).toMatch(
      /\| data\/schema \| retry \| bob \| mended \|.*\n.*\| data\/schema \| abort \| bob \| no use \|/,
    );
  });

  test('without a verdict tells as far as the record knows', () => {
    const failure = { type: 'Stalled', message: 'It hangs.', next: 'Look.', retryable: false } as const;
    const report = buildReport([...run.slice(0, 6), entry(20, 'data/bucket', { type: 'parked', failure })]);
    expect(report.state).toBe('unknown');
    expect(report.verdict).toContain('shop to lab has NOT ENDED as far as the record knows');
    expect(report.verdict).toContain('data/bucket waiting');
    expect(report.phases[0]?.steps.map(({ name, state }) => [name, state])).toEqual([
      ['schema', 'checked'],
      ['bucket', 'parked'],
    ]);
  });

  test('cannot be broken or dressed up by what people and servers wrote', () => {
    const nasty = '| x |\n# Done\n<script>alert(1)</script> **all good** `code`';
    const markdown = renderMarkdown(
      buildReport([
        entry(0, null, { type: 'start', by: nasty, signature: '' }),
        entry(1, 'data/bucket', decision(nasty, 'reject', nasty, nasty)),
        entry(2, 'data/bucket', { type: 'evidence', findings: [finding(nasty, nasty, { source: nasty })] }),
        entry(3, 'data/bucket', applied([change('create', `${nasty}\n\`\`\`\n# Escaped`)])),
        entry(4, null, verdict('done', [step('bucket', 'done')])),
      ]),
    );
    expect(markdown).not.toContain('<script>alert(1)</script> **all good**\n');
    expect(markdown.split('\n').filter((line) => line.startsWith('#'))).toEqual([
      '# shop to lab',
      '## Phases',
      '### data: done',
      '## Decisions',
      '## Evidence',
    ]);
    const cells = markdown.split('\n').filter((line) => line.startsWith('| data/') || line.startsWith('| 2026'));
    for (const row of cells) expect(row.replace(/\\\|/g, '').split('|')).toHaveLength(row.startsWith('| 2026') ? 8 : 9);
  });

  test('is the same as JSON', () => {
    expect(JSON.parse(renderJson(buildReport(run)))).toEqual(JSON.parse(JSON.stringify(buildReport(run))));
  });

  test('is of one run, and of something', () => {
    expect(() => buildReport([])).toThrow(expect.objectContaining({ type: 'NotFound' }));
    const other = { ...start, scope: { ...start.scope, run: 'run-2' } };
    expect(() => buildReport([start, other])).toThrow(RangeError);
  });
});

describe('the report of drills', () => {
  const proven = {
    verdict: 'proven',
    backup: 'shop-1',
    backedUpAt: '2026-01-01T00:00:00.000Z',
    faults: [],
    missed: [],
    rtoSeconds: 4,
    rpoSeconds: 60,
    failure: null,
  } as const;
  const begun = entry(0, 'backup/drill', { type: 'start', by: 'ada', signature: '', mode: 'drill' });

  test('says of a run that was one how it ended, and what was proven', () => {
    const report = buildReport([begun, entry(9, 'backup/drill', { type: 'drill', verdict: proven })]);
    expect(report).toMatchObject({ drill: 'drill', state: 'done', startedBy: 'ada', drills: [{ backup: 'shop-1' }] });
    expect(report.verdict).toBe('The drill backup/drill of shop to lab ended proven Backup shop-1.');
    expect(renderMarkdown(report)).toContain('| backup/drill | proven | `shop-1` |  | 4.0 s | 1 min 0 s |');
  });

  test('calls one that refuted its backup failed, and names what speaks against it', () => {
    const refuted = { ...proven, verdict: 'refuted', faults: ['ConfigMap shop/settings is missing'] } as const;
    const report = buildReport([begun, entry(9, 'backup/drill', { type: 'drill', verdict: refuted })]);
    expect(report).toMatchObject({ state: 'failed' });
    expect(renderMarkdown(report)).toContain('| **refuted** | `shop-1` | ConfigMap shop/settings is missing |');
  });

  test('names what a drill did not compare of a database that it has proven', () => {
    const database = {
      name: 'database-db-shop',
      part: 'database',
      of: { target: 'db', database: 'shop' },
      bytes: 1,
      at: '',
      dumpSeconds: 1,
      restoreSeconds: 1,
      seconds: 1,
      notCompared: ['index public.t_x: it is invalid'],
    } as const;
    const proof = {
      kind: 'drill-proof',
      how: 'real',
      source: 'restore',
      time: '2026-01-01T00:00:09.000Z',
      holds: true,
      about: { drill: { namespace: 'velero', name: 'drill' }, backup: 'shop-1' },
      observed: { faults: [], parts: [database], restoreSeconds: 4, ageSeconds: 60 },
    } as const;
    const entries = [
      begun,
      entry(8, 'backup/drill', { type: 'evidence', findings: [proof] }),
      entry(9, 'backup/drill', { type: 'drill', verdict: proven }),
    ];
    expect(renderMarkdown(buildReport(entries))).toContain(
      'Not compared:\n\n- database shop: index public.t\\_x: it is invalid\n',
    );
  });

  test('calls a decision or a start signed only where the worker has found that it is', () => {
    const signed = decision('bob', 'approve', '', null) as Extract<RecordEntry['body'], { type: 'decision' }>;
    const unsaid = { type: signed.type, decision: signed.decision, denial: null } as const;
    const claimed = { type: 'start', by: 'alice', signature: 'any text' } as const;
    const report = buildReport([entry(0, null, claimed), entry(6, 'data/bucket', unsaid)]);
    expect(report).toMatchObject({ signed: false, decisions: [{ by: 'bob', signed: false }] });
    expect(renderMarkdown(report)).not.toContain('(signed)');
    expect(buildReport([entry(0, null, { ...claimed, verified: true })]).signed).toBe(true);
  });

  test('says that a run is paused, by whom and why, and no longer once it was resumed', () => {
    const told = (seconds: number, action: 'pause' | 'resume', denial: string | null = null) =>
      entry(seconds, null, { type: 'command', action, by: 'bob', comment: 'moving', denial, pausing: 1 });
    const paused = buildReport([start, told(5, 'pause'), told(6, 'resume', 'bob has no key')]);
    expect(paused.verdict).toContain('and is PAUSED by bob (moving)');
    expect(buildReport([start, told(5, 'pause'), told(6, 'resume')]).verdict).not.toContain('PAUSED');
  });

  test('tells what a look for drift found, thing by thing, with who set it', () => {
    const by = [{ manager: 'kubectl-edit', since: '2026-01-01T00:00:00Z' }];
    const fields = [{ field: 'spec.replicas', before: '5', after: '3', by }];
    const drifted = [{ action: 'update', what: 'Deployment data/web', destructive: false, fields }] as const;
    const apps = {
      phase: 'data',
      step: 'apps',
      kind: 'kubernetes.apply',
      unchanged: 2,
      broken: [],
      failure: null,
    } as const;
    const of = (steps: readonly StepDrift[]) =>
      buildReport([
        entry(0, null, { type: 'start', by: 'bob', signature: '', mode: 'drift' }),
        entry(1, null, { type: 'drift', steps }),
      ]);
    const report = of([{ ...apps, drifted }]);
    expect(report.state).toBe('done');
    expect(report.verdict).toContain('Drift: 1 drifted (1 to update); 2 as declared');
    expect(renderMarkdown(report)).toContain(
      '| `data/apps` | update Deployment data/web | spec.replicas: 5 -&gt; 3 | kubectl-edit, last at 2026-01-01T00:00:00Z |',
    );
    expect(renderMarkdown(of([{ ...apps, drifted: [] }]))).toContain('Nothing has drifted: 1 step is as declared.');
  });

  test('says who cancelled a run, or that Temporal was told without a word to it', () => {
    const end = entry(9, null, verdict('cancelled', [step('schema', 'cancelled')]));
    const cancel = { type: 'command', action: 'cancel', by: 'bob', comment: '', denial: null } as const;
    expect(buildReport([start, entry(5, null, { ...cancel, verified: true }), end]).verdict).toContain(
      'CANCELLED by bob',
    );
    const refused = entry(5, null, { ...cancel, denial: 'bob has no key' });
    expect(buildReport([start, refused, end]).verdict).toContain(
      'at Temporal itself, by a command that is not on record',
    );
  });

  test('tells what was waived beside who approved, and why', () => {
    const waives = 'no backup proven within 24h (none was ever proven)';
    const waived = decision('bob', 'approve', 'the table is empty', null) as Extract<
      RecordEntry['body'],
      { type: 'decision' }
    >;
    const approval = entry(6, 'data/bucket', { ...waived, decision: { ...waived.decision, waives } });
    const report = buildReport([start, approval]);
    expect(report.decisions).toMatchObject([{ by: 'bob', comment: 'the table is empty', waives }]);
    expect(renderMarkdown(report)).toContain(`approved, WAIVED: ${waives} | bob (signed) | the table is empty |`);
  });
});

describe('what a run measured', () => {
  const time = '2026-01-01T00:00:01.000Z';
  const pods = { name: 'pods', title: 'Running | pods', better: 'higher' } as const;
  const size = { name: 'size', title: 'Size', unit: 'bytes' };
  const before = entry(1, null, {
    type: 'measures',
    moment: 'before',
    readings: [
      { ...pods, value: 20, how: 'simulated', source: 'Pod objects', time },
      { ...size, value: null, why: 'refused the connection', source: 'bucket raw', time },
    ],
  });
  const after = entry(30, null, {
    type: 'measures',
    moment: 'after',
    readings: [
      { ...pods, value: 76, how: 'simulated', source: 'Pod objects', time },
      { ...size, value: 2 ** 30, source: 'bucket raw', time },
    ],
  });

  test('stands before the phases, with what is unknown and why', () => {
    const text = renderMarkdown(buildReport([...run, before, after]));
    expect(text).toContain(
      [
        '## Measures',
        '',
        '| measure | before | after | difference |',
        '| --- | --- | --- | --- |',
        '| Running \\| pods | 20 (simulated) | 76 (simulated) | +56, better |',
        '| Size | unknown | 1 GiB |  |',
        '',
        'Unknown:',
        '',
        '- Size, before: refused the connection',
      ].join('\n'),
    );
    expect(text.indexOf('## Measures')).toBeLessThan(text.indexOf('## Phases'));
  });

  test('is typed in the JSON, also while the run goes on', () => {
    expect(JSON.parse(renderJson(buildReport([start, before])))).toMatchObject({
      measures: [
        { ...pods, before: { value: 20, how: 'simulated', time }, after: null },
        { ...size, before: { value: null, why: 'refused the connection' }, after: null },
      ],
    });
    expect(buildReport(run)).not.toHaveProperty('measures');
  });

  test('is told by the verdict where its own entry is lost', () => {
    const ended = verdict('done', []);
    if (ended.type !== 'verdict') throw new Error('it is a verdict');
    const told = [{ ...pods, before: { value: 20, time }, after: { value: 76, time } }];
    const last = entry(34, null, { ...ended, status: { ...ended.status, measures: told } });
    expect(buildReport([start, last]).measures).toEqual(told);
  });
});
