import { declarationsOf } from '../../src/bundle/declared.ts';
import { bundleFiles } from '../../src/bundle/files.ts';
import type { Bundle } from '../../src/domain/bundle.ts';
import type { RecordEntry } from '../../src/domain/record-entry.ts';
import type { documentation } from '../../src/report/docs/index.ts';
import { buildReport } from '../../src/report/index.ts';
import { buildRunbook } from '../../src/report/recovery/index.ts';
import { entry, finding } from '../report/entries.ts';
import { loadFlagship } from './flagship.ts';

export type Documented = Parameters<typeof documentation>[0];

/** All that the flagship's documentation is made of, after a run in which two steps were parked and one of them was mended. */
export async function flagshipDocumented(): Promise<{ readonly flagship: Documented; readonly bundle: Bundle }> {
  const loaded = await loadFlagship('lab');
  const { bundle } = loaded;
  const files = bundleFiles(
    bundle,
    (path) => Promise.resolve(loaded.files.get(path) ?? ''),
    () => {
      throw new Error('no file is that large');
    },
  );
  const entries: RecordEntry[] = [
    entry(0, null, { type: 'start', by: 'ada', signature: '' }),
    entry(1, 'backup/location', {
      type: 'parked',
      failure: {
        type: 'LocationUnavailable',
        message: 'Velero says NoSuchBucket.',
        object: 'BackupStorageLocation velero/default',
        next: 'Make the bucket, then retry.',
        retryable: false,
      },
    }),
    entry(2, 'backup/location', { type: 'evidence', act: 'verify', findings: [finding('location', 'Available')] }),
    entry(3, 'query/trino', {
      type: 'parked',
      failure: { type: 'NotReadyInTime', message: 'No.', next: 'Look at its pods.', retryable: false },
    }),
  ];
  const failures = { entries, damaged: [] };
  const flagship = {
    ...{ bundle, failures, report: buildReport(failures) },
    ...(await declarationsOf(bundle, files)),
    runbook: buildRunbook({ bundle, digest: loaded.digest, directory: 'rollouts/254carbon' }, failures),
  };
  return { flagship, bundle };
}
