import { beforeAll, describe, expect, test } from '@jest/globals';
import type { LoadedRollout } from '../../src/bundle/load.ts';
import type { Bundle } from '../../src/domain/bundle.ts';
import type { RecordEntry } from '../../src/domain/record-entry.ts';
import { buildRunbook, renderRunbook } from '../../src/report/recovery/index.ts';
import {
  neverDrilled,
  provenButForAnIndex,
  NOW,
  provenSoLongAgoThatItIsGone,
  provenThenRefuted,
  provenTwiceTheLastTwoDaysAgo,
  provenWith,
  restoredInEarnest,
  volumes,
} from '../report/recovery/records.ts';
import { loadFlagship } from './flagship.ts';

let flagship: LoadedRollout;

beforeAll(async () => {
  flagship = await loadFlagship('production');
});

function runbook(entries: readonly RecordEntry[], more: Partial<Bundle> = {}) {
  const of = { bundle: { ...flagship.bundle, ...more }, digest: flagship.digest, directory: 'platform' };
  return buildRunbook(of, { entries, damaged: [] }, NOW);
}

/** Everything that a runbook asks somebody to type. */
function commands(entries: readonly RecordEntry[]): readonly string[] {
  const { targets, verification } = runbook(entries);
  return [...targets.flatMap(({ steps }) => steps), ...verification].flatMap((step) => [
    ...step.commands,
    ...step.byHand,
  ]);
}

describe('the recovery runbook', () => {
  test('says what is proven, how old it is and how long it took, from the newest proof', () => {
    expect(runbook(provenTwiceTheLastTwoDaysAgo).proven).toEqual([
      'data-platform: backup platform-drill-bbb was proven by Drill velero/platform-drill at 2026-01-08T02:10:00.000Z, 2 days ago.',
      'It was made at 2026-01-08T02:08:30.000Z: restoring it now loses what changed in the last 2 days.',
      expect.stringContaining('took 21.4 s, into namespaces of the drill and without running workloads'),
      'Objective "restored and compared within 30m (rto)": MISSED, measured 45 min 0 s.',
      'Objective "the newest proven backup is not older than 1h (rpo)": met, measured 1 min 30 s.',
      'Database dolphinscheduler: a dump made with backup platform-drill-bbb was restored and compared row by row by Drill velero/platform-drill at 2026-01-08T02:10:00.000Z, 2 days ago, restored in 3.2 s.',
    ]);
  });

  test('says in so many words what was never proven', () => {
    const { proven, unproven } = runbook(neverDrilled);
    expect(proven).toEqual([]);
    expect(unproven).toEqual([
      'data-platform: no backup was EVER PROVEN as far as the record knows (Drill velero/platform-drill).',
      'data-platform: the data in volumes is NOT IN THE BACKUPS at all.',
      expect.stringMatching(
        /^monitoring, victoria-metrics, cloudflare-tunnel, ingress-nginx, istio-system, cert-manager: IN NO BACKUP of this rollout/,
      ),
      ...['dolphinscheduler', 'superset', 'lakefs', 'iceberg', 'grafana'].flatMap((database) => [
        expect.stringContaining(
          `Database ${database} on platform-db: Drill velero/platform-drill dumps and restores it, but NO DUMP`,
        ),
        expect.stringContaining('REMOVES its dump'),
      ]),
      'Objects in bucket warehouse, raw, lakefs, velero-backups: nothing in this rollout copies them elsewhere, so what is lost there is lost.',
      expect.stringContaining('This procedure as a whole was NEVER carried out'),
    ]);
    expect(renderRunbook(runbook(neverDrilled))).toContain('Nothing. No drill has ever shown');
  });

  test('names the databases that no drill dumps', () => {
    const phases = flagship.bundle.phases.map((phase) => ({
      ...phase,
      steps: phase.steps.map((step) =>
        step.kind === 'velero.drill'
          ? { ...step, with: { ...step.with, databases: step.with.databases.slice(0, 1) } }
          : step,
      ),
    }));
    expect(runbook(neverDrilled, { phases }).unproven).toContainEqual(
      expect.stringMatching(
        /^Databases superset, lakefs, iceberg, grafana on platform-db: .* NO STEP BACKS UP THEIR ROWS/,
      ),
    );
  });

  test('does not call never proven what a drill has proven of volumes, and names what it could not compare', () => {
    const phases = flagship.bundle.phases.map((phase) => ({
      ...phase,
      steps: phase.steps.map((step) =>
        step.kind === 'velero.drill' ? { ...step, with: { ...step.with, volumes: 'file-system' as const } } : step,
      ),
    }));
    const of = (entry: RecordEntry) => runbook([entry], { phases });
    expect(of(provenWith()).unproven.join()).toContain('not proven: claims are compared, the data in volumes is not');
    const all = of(provenWith(volumes()));
    expect(all.proven.join()).toContain(
      '242 files, 210000000 bytes of PersistentVolumeClaim data-platform/data-postgres-0',
    );
    expect(all.unproven.join()).not.toMatch(/volumes/);
    const part = of(provenWith(volumes({ claims: [], notCompared: ['volume cache of Pod data-platform/web'] })));
    expect(part.unproven.join()).toMatch(/of volumes NOTHING WAS PROVEN.*NOT COMPARED.*volume cache of Pod/);
    // A drill that had no claim to compare has proven nothing of volumes, also in between.
    const empty = provenWith(volumes({ claims: [] }));
    expect(runbook([empty, provenWith()], { phases }).unproven.join()).toMatch(/the data in volumes is not\./);
    expect(runbook([provenWith(volumes()), empty], { phases }).unproven.join()).toMatch(
      /NOTHING WAS PROVEN.*it was last with/,
    );
  });

  test('names what a drill could not compare of a database that it has proven', () => {
    const { proven, unproven } = runbook(provenButForAnIndex);
    expect(proven.join()).toContain(
      'Database dolphinscheduler: a dump made with backup platform-drill-idx was restored',
    );
    expect(unproven).toContain(
      'Database dolphinscheduler on platform-db: proven but for what was NOT COMPARED: index public.t_x: it is invalid.',
    );
  });

  test('names what it does not know how to bring back, and the secrets of applied manifests', () => {
    const [first] = flagship.bundle.phases
      .flatMap(({ steps }) => steps)
      .filter(({ kind }) => kind === 'kubernetes.apply');
    if (first?.kind !== 'kubernetes.apply') throw new Error('the flagship applies nothing');
    const filled = { ...first, with: { ...first.with, secrets: { login: { password: { fromEnv: 'LOGIN' } } } } };
    const odd = { ...first, name: 'odd', kind: 'constructor' } as unknown as typeof first;
    const { needs, unproven } = runbook([], {
      phases: [{ name: 'app', needs: [], steps: [filled, odd] }] as unknown as Bundle['phases'],
    });
    expect(needs).toContainEqual({ what: 'Secret login, password', where: expect.stringContaining('LOGIN') });
    expect(unproven).toContainEqual(
      expect.stringMatching(/^app\/odd: .*no step kind constructor.*NOT IN THIS RUNBOOK/),
    );
  });

  test('says that the last drill refuted its backup, though an older one is proven', () => {
    const { proven, unproven } = runbook(provenThenRefuted);
    expect(proven[0]).toContain('platform-drill-bbb');
    expect(unproven).toContain(
      'data-platform: the last drill, at 2026-01-09T02:10:00.000Z, REFUTED backup platform-drill-ccc: Secret data-platform/dolphinscheduler-db is missing in the restore.',
    );
  });

  test('says that a proven backup is probably deleted by now', () => {
    expect(runbook(provenSoLongAgoThatItIsGone).unproven).toEqual(
      expect.arrayContaining([expect.stringContaining('platform-drill-old was kept 7d, until about 2026-01-08')]),
    );
    expect(runbook(provenTwiceTheLastTwoDaysAgo).unproven.join()).not.toContain('DELETED');
  });

  test('says that a schedule has newer backups, which no drill has proven', () => {
    const [evidence] = provenTwiceTheLastTwoDaysAgo;
    const scheduled: RecordEntry = {
      ...evidence!,
      id: 'scheduled',
      body: {
        type: 'evidence',
        findings: [
          {
            kind: 'schedule-freshness',
            about: { schedule: { namespace: 'velero', name: 'platform-daily' }, within: '26h', paused: false },
            holds: true,
            how: 'real',
            source: 'backups',
            time: '2026-01-10T03:00:00.000Z',
            observed: { newest: 'platform-daily-20260110020000', ageSeconds: 3_590, bad: 0 },
          },
        ],
      },
    };
    expect(runbook([...provenTwiceTheLastTwoDaysAgo, scheduled]).unproven).toContain(
      'data-platform: Schedule velero/platform-daily had made platform-daily-20260110020000 when it was last looked at, 2026-01-10T03:00:00.000Z: Velero calls it good, NO DRILL HAS PROVEN it.',
    );
  });

  test('brings back the object store first, then the cluster, then databases', () => {
    expect(runbook(neverDrilled).targets.map(({ name }) => name)).toEqual([
      'objects',
      'cluster',
      'platform-db',
      'scheduler',
      'metrics',
      'alertmanager',
      'way-in',
      'way-in-tls',
      'state',
    ]);
  });

  test('restores the newest proven backup before anything is started anew, with the commands of both ways', () => {
    const all = commands(provenTwiceTheLastTwoDaysAgo);
    const restore =
      'windlass restore platform --environment production --latest-proven --namespace data-platform --as YOUR_NAME --key YOUR_KEY.pem';
    expect(all).toContain(restore);
    expect(all.findIndex((line) => line.startsWith('windlass start'))).toBeGreaterThan(all.indexOf(restore));
    expect(all).toContain(
      'windlass approve 254carbon-restore --environment production --as YOUR_NAME --key YOUR_KEY.pem',
    );
    expect(all.join('\n')).toContain(
      "--from-backup platform-drill-bbb --include-namespaces data-platform --selector '!windlass.dev/drill'",
    );
  });

  test('names no backup where none is proven, and says how an unproven one may be taken', () => {
    expect(commands(neverDrilled)).toContain(
      'windlass restore platform --environment production --backup BACKUP --namespace data-platform --allow-unproven --as YOUR_NAME --key YOUR_KEY.pem',
    );
  });

  test('tells of the last restore in earnest', () => {
    const text = renderRunbook(runbook(restoredInEarnest));
    expect(text).toContain('Restored in earnest last at 2026-01-09T08:00:00.000Z');
    expect(text).toContain('7.0 s of Velero');
    expect(renderRunbook(runbook(neverDrilled))).toContain('It was never restored in earnest');
  });

  test('gives secrets as references alone, and lists what must be at hand', () => {
    const { needs } = runbook(neverDrilled);
    expect(needs).toContainEqual({
      what: 'target objects, secretKey',
      where: 'file /var/run/secrets/windlass/objects/secret-key',
    });
    expect(commands(neverDrilled).join('\n')).toContain('"$(cat /var/run/secrets/windlass/objects/secret-key)"');
  });

  test('runs migrations by hand in the order of their naming, without what takes them back', () => {
    const byHand = (names: readonly string[]): readonly string[] => {
      const phases = flagship.bundle.phases.map((phase) => ({
        ...phase,
        steps: phase.steps.map((step) =>
          step.kind === 'postgres.migrate' ? { ...step, with: { ...step.with, source: { directory: 'db' } } } : step,
        ),
      }));
      const files = Object.fromEntries(names.map((name) => [`db/${name}`, '']));
      const { targets } = runbook([], { phases: phases, files });
      return targets
        .flatMap(({ steps }) => steps)
        .flatMap((step) => step.byHand)
        .flatMap((line) => /db\/\S+?\.sql/.exec(line)?.[0] ?? [])
        .map((path) => path.replace(/^db\//, ''));
    };
    expect(byHand(['R__v.sql', 'U2__b.sql', 'V10__c.sql', 'V2__b.sql'])).toEqual([
      'V2__b.sql',
      'V10__c.sql',
      'R__v.sql',
    ]);
    expect(byHand(['10_b/up.sql', '9_a/up.sql', '9_a/down.sql', '9_a/metadata.toml'])).toEqual([
      '9_a/up.sql',
      '10_b/up.sql',
    ]);
    expect(byHand(['2_b.up.sql', '2_b.down.sql', '10_c.up.sql'])).toEqual(['2_b.up.sql', '10_c.up.sql']);
    expect(byHand(['002_b.sql', '010_c.sql'])).toEqual(['002_b.sql', '010_c.sql']);
  });

  test('is made from another rollout’s names where that is another rollout', () => {
    const text = renderRunbook(runbook(neverDrilled, { phases: [] }));
    expect(text).not.toContain('velero restore create');
    expect(text).toContain('Nothing that the rollout made.');
  });

  test.each([
    [
      'of Flyway, by their versions and not by their letters, the ones that run again last',
      {},
      ['R__views.sql', 'U2__b.sql', 'V10__c.sql', 'V1__a.sql', 'below/V2__b.sql', 'V1__a.txt'],
      ['V1__a.sql', 'below/V2__b.sql', 'V10__c.sql', 'R__views.sql'],
    ],
    [
      'of other tools, without those that take back',
      {},
      ['000001_a.up.sql', '000001_a.down.sql', '000002_b.up.sql', '000002_b.down.sql'],
      ['000001_a.up.sql', '000002_b.up.sql'],
    ],
    [
      'up to the version that the step wants',
      { to: '2' },
      ['V1__a.sql', 'V2__b.sql', 'V10__c.sql'],
      ['V1__a.sql', 'V2__b.sql'],
    ],
  ])('runs the files of migrations %s', (_words, more, names, inOrder) => {
    const phases = flagship.bundle.phases.map((phase) => ({
      ...phase,
      steps: phase.steps.map((step) =>
        step.kind === 'postgres.migrate'
          ? { ...step, with: { ...step.with, ...more, source: { directory: './sql/app' } } }
          : step,
      ),
    }));
    const files = Object.fromEntries(
      ['sql/app2/V1__x.sql', ...names.map((name) => `sql/app/${name}`)].map((path) => [path, '0'.repeat(64)]),
    );
    const steps = runbook(neverDrilled, { phases, files }).targets.flatMap((target) => target.steps);
    const ran = steps.flatMap(({ byHand }) => byHand).flatMap((line) => /-f sql\/app\/(\S+)/.exec(line)?.[1] ?? []);
    expect(ran).toEqual(inOrder);
  });
});
