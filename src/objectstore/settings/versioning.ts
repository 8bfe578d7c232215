import type { BucketSetting } from './setting.ts';

const ON = 'enabled';
/** Suspended and never enabled are the same to a step: nothing new is kept. */
const OFF = 'off';

/** Whether the bucket keeps what is overwritten or deleted. */
export const versioning: BucketSetting = {
  name: 'versioning',
  wanted: (spec) => (spec.versioning === undefined ? null : spec.versioning ? ON : OFF),
  read: (handle) =>
    handle.ask('reading the versioning', async (client) => {
      // Where it was never enabled the answer has no status, and the client gives an empty string for it.
      const answer: unknown = await client.getBucketVersioning(handle.bucket);
      const enabled =
        typeof answer === 'object' && answer !== null && 'Status' in answer && answer.Status === 'Enabled';
      return enabled ? ON : OFF;
    }),
  write: (handle, value) =>
    handle.ask('setting the versioning', (client) =>
      client.setBucketVersioning(handle.bucket, { Status: value === ON ? 'Enabled' : 'Suspended' }),
    ),
};
