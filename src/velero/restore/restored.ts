import type { Change } from '../../domain/change.ts';
import type { VeleroRestoreSpec } from '../../domain/kinds/velero-restore.ts';
import type { RestoredObject } from './contents.ts';
import { wordsOf } from './wanted.ts';

/** What a restore did to each object, as Velero wrote it down. */
export function becameChanges(
  { namespaceMapping }: Pick<VeleroRestoreSpec, 'namespaceMapping'>,
  objects: readonly RestoredObject[],
): readonly Change[] {
  return objects.map((object) => {
    const into = object.namespace === null ? null : (namespaceMapping[object.namespace] ?? object.namespace);
    const what = wordsOf({ ...object, namespace: into });
    switch (object.became) {
      case 'created':
        return { action: 'create', what, destructive: false };
      case 'updated':
        return { action: 'update', what, destructive: true };
      case 'skipped':
        return { action: 'unchanged', what, destructive: false };
      case 'failed':
        return { action: 'unchanged', what, destructive: false, detail: ['could not be restored'] };
    }
  });
}
