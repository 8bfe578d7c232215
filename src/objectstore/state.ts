import type { Change } from '../domain/change.ts';
import type { ObjectstoreBucketSpec } from '../domain/kinds/objectstore-bucket.ts';
import type { BucketHandle } from './ask.ts';
import { bucketExists } from './existence.ts';
import type { BucketSetting } from './settings/setting.ts';
import { versioning } from './settings/versioning.ts';

const SETTINGS: readonly BucketSetting[] = [versioning];

/** A setting that the step asks for, as wanted and as found; `found` is null while there is no bucket. */
export interface SettingState {
  readonly setting: BucketSetting;
  readonly wanted: string;
  readonly found: string | null;
}

export interface BucketState {
  readonly exists: boolean;
  /** One entry per setting that the step asks for. */
  readonly settings: readonly SettingState[];
}

/** What the server has of what the step asks for; touches nothing. */
export async function readState(handle: BucketHandle, spec: ObjectstoreBucketSpec): Promise<BucketState> {
  const exists = await bucketExists(handle);
  const settings: SettingState[] = [];
  for (const setting of SETTINGS) {
    const wanted = setting.wanted(spec);
    if (wanted === null) continue;
    settings.push({ setting, wanted, found: exists ? await setting.read(handle) : null });
  }
  return { exists, settings };
}

export function differingSettings(state: BucketState): readonly SettingState[] {
  return state.settings.filter(({ found, wanted }) => found !== wanted);
}

/** What must be done to a bucket in this state: one change, since a bucket is one thing. */
export function changeOf(bucket: string, state: BucketState): Change {
  const differing = differingSettings(state);
  const detail = differing.map(({ setting, found, wanted }) =>
    found === null ? `${setting.name}: ${wanted}` : `${setting.name}: ${found} -> ${wanted}`,
  );
  const action = !state.exists ? 'create' : differing.length > 0 ? 'update' : 'unchanged';
  return { action, what: `bucket ${bucket}`, destructive: false, ...(detail.length === 0 ? {} : { detail }) };
}
