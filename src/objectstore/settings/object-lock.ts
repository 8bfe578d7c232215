import { buildXml, parseXml, textOf } from '../xml.ts';
import { readSetting, writeSetting } from './query.ts';
import type { BucketSetting } from './setting.ts';

const NONE = 'ObjectLockConfigurationNotFoundError';

/** Whether objects of the bucket can be locked against deletion. A new bucket is made with it. */
export const objectLock: BucketSetting<boolean> = {
  name: 'object-lock',
  wanted: (spec) => spec.objectLock,
  read: async (handle) => {
    const answer = await readSetting(handle, 'object-lock', 'the object lock', NONE);
    return textOf(parseXml(answer ?? '', 'ObjectLockConfiguration'), 'ObjectLockEnabled') === 'Enabled';
  },
  // Only servers that give it to buckets that exist get here.
  write: (handle) => {
    const text = buildXml('ObjectLockConfiguration', { ObjectLockEnabled: 'Enabled' });
    return writeSetting(handle, 'object-lock', 'the object lock', text);
  },
  show: (on) => [on ? 'on' : 'off'],
  tooLate: (server, found) =>
    found || server.brand !== 'MinIO'
      ? null
      : {
          why: 'gives object lock only to a new bucket, and this one was made without it',
          next:
            'Choose another bucket name, or leave objectLock out of the step. What is in the bucket must be moved by ' +
            'hand: this step never empties or deletes one.',
        },
};
