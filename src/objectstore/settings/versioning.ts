import { buildXml, parseXml, textOf } from '../xml.ts';
import { readSetting, writeSetting } from './query.ts';
import type { BucketSetting } from './setting.ts';

/** Whether the bucket keeps what is overwritten or deleted. Suspended and never enabled are the same to a step. */
export const versioning: BucketSetting<boolean> = {
  name: 'versioning',
  wanted: (spec) => spec.versioning,
  read: async (handle) => {
    const answer = await readSetting(handle, 'versioning', 'the versioning', null);
    return textOf(parseXml(answer ?? '', 'VersioningConfiguration'), 'Status') === 'Enabled';
  },
  write: (handle, enabled) => {
    const text = buildXml('VersioningConfiguration', { Status: enabled ? 'Enabled' : 'Suspended' });
    return writeSetting(handle, 'versioning', 'the versioning', text);
  },
  show: (enabled) => [enabled ? 'enabled' : 'off'],
  loses: (found, wanted) =>
    found === true && !wanted ? ['what is overwritten or deleted from then on is not kept any more'] : [],
};
