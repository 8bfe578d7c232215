import type { VeleroDrillSpec } from '../../../domain/kinds/velero-drill.ts';

/** The image that lists the files of volumes; null where the data in volumes is not proven. */
export function provenBy({ volumes, inspector }: Pick<VeleroDrillSpec, 'volumes' | 'inspector'>): string | null {
  return volumes === 'file-system' && inspector !== undefined ? inspector : null;
}
