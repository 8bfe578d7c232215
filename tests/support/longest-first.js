import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import TestSequencer from '@jest/test-sequencer';

/**
 * Seconds that the longest files take, roughly, the longest first. Only their order counts, and only where they run together: most of
 * them wait most of the time.
 */
const SECONDS = {
  'faults/drills': 560,
  'faults/flagship': 320,
  'browser/docs-pages': 240,
  'integration/velero-volumes': 240,
  'e2e/scheduled-drill': 190,
  'faults/faults': 190,
  'integration/rollout-continues': 160,
  'integration/parked-gates': 120,
  'integration/postgres-dump': 110,
  'integration/postgres-migrate-losses': 110,
  'integration/postgres-rights': 110,
  'e2e/interlock': 100,
  'e2e/schedule': 100,
  'integration/kubernetes-recreate': 100,
  'integration/velero-drill': 100,
  'e2e/restore': 90,
  'e2e/rollout': 90,
  'e2e/web-shop': 90,
  'integration/kubernetes-equality': 90,
  'integration/kubernetes-faults': 90,
  'workflows/gate': 90,
  'e2e/demo': 80,
  'integration/flagship-policies': 80,
  'e2e/by-hand': 70,
  'e2e/gates': 70,
  'e2e/scheduler-by-hand': 70,
  'integration/gate-watch': 70,
  'integration/kubernetes-node': 70,
  'integration/postgres-dump-faults': 70,
  'limits/files': 70,
  'browser/report-page': 60,
  'integration/lab-seaweedfs': 60,
  'integration/postgres-versions': 60,
  'integration/velero-location': 60,
  'workflows/target-lock': 60,
  'e2e/load': 50,
  'e2e/policy': 50,
  'integration/lab-lifecycle': 50,
  'integration/lab-rules': 50,
  'integration/temporal-mtls': 50,
  'integration/velero-drill-database': 50,
  'integration/velero-restore-restart': 50,
  'integration/velero-witness': 50,
  'workflows/continue': 50,
  'workflows/messages': 50,
};

const root = fileURLToPath(new URL('../', import.meta.url));
const listed = new Map(Object.entries(SECONDS).map(([name, seconds]) => [`${root}${name}.test.ts`, seconds]));

/**
 * Starts the longest files first, so that no worker is left with one of them when the others have nothing left to do. Jest knows
 * how long files take where they ran before; where they did not, as in CI, it would go by their size.
 */
export default class LongestFirst extends TestSequencer {
  /** @throws Error for a listed file that is gone: under another name it would be started late. */
  sort(tests) {
    const gone = [...listed.keys()].filter((path) => !existsSync(path));
    if (gone.length > 0)
      throw new Error(`tests/support/longest-first.js lists files that are not there: ${gone.join(', ')}`);
    const seconds = ({ path }) => listed.get(path) ?? 0;
    return super.sort(tests).sort((a, b) => seconds(b) - seconds(a));
  }
}
