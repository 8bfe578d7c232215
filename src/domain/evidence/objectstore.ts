import { kind } from './kind.ts';

/** What the engine of buckets claims. */
export const OBJECTSTORE = {
  'bucket-exists': kind<{ readonly bucket: string }, { readonly exists: boolean }>({
    subject: ({ bucket }) => `bucket ${bucket}`,
    claim: () => 'exists',
  }),

  'bucket-setting': kind<
    /** `value`: in one line, as plans show it. */
    { readonly bucket: string; readonly setting: string; readonly value: string },
    /** Null where the bucket does not exist. */
    { readonly value: string | null }
  >({
    subject: ({ bucket }) => `bucket ${bucket}`,
    claim: ({ setting, value }) => `${setting} is ${value}`,
  }),
};
