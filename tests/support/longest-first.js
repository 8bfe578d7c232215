import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import TestSequencer from '@jest/test-sequencer';

/**
 * Seconds that the longest files take, roughly, the longest first. Only their order counts, and only where they run together: most of
 * them wait most of the time.
 */
const SECONDS = {
  'faults/drills': 420,
  'faults/flagship': 240,
  'integration/velero-volumes': 200,
  'e2e/scheduled-drill': 200,
  'faults/faults': 180,
  'integration/kubernetes-node': 150,
  'e2e/schedule': 130,
  'integration/lab-lifecycle': 90,
  'integration/postgres-migrate-losses': 90,
  'e2e/demo': 90,
  'integration/postgres-rights': 80,
  'integration/postgres-dump': 80,
  'integration/kubernetes-faults': 80,
  'integration/gate-watch': 60,
  'integration/kubernetes-recreate': 60,
  'integration/velero-witness': 60,
  'workflows/gate': 60,
  'workflows/continue': 60,
  'integration/kubernetes-equality': 50,
  'integration/velero-restore-restart': 50,
  'integration/parked-gates': 50,
  'integration/rollout-continues': 50,
  'integration/postgres-versions': 50,
  'workflows/target-lock': 45,
  'workflows/messages': 45,
  'integration/velero-drill': 45,
  'integration/velero-location': 40,
  'integration/velero-restore': 40,
  'integration/velero-backup': 40,
  'integration/kubernetes-jobs': 40,
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
