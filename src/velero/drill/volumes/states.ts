import { gzipSync } from 'node:zlib';
import { z } from 'zod';
import { WindlassFailure } from '../../../domain/failure.ts';
import type { JsonObject } from '../../../domain/json.ts';

const volume = z.object({ claim: z.string(), files: z.string() });
/** What the volumes held before a backup was asked for, and the claims whose volumes nobody could list. */
export const planted = z.object({ read: z.array(volume), unread: z.array(z.string()) });
/** What a backup must hold. */
export const recorded = z.object({
  volumes: z.array(volume.extend({ moved: z.array(z.string()) })),
  /** What the backup lacks, in words. */
  faults: z.array(z.string()),
  others: z.array(z.string()),
});

/** The journal of a drill is a Secret, of which other parts need some; it keeps states compressed. Bytes. */
const LARGEST = 700_000;

/** @throws WindlassFailure `ExpectationFailed` for more files than the journal has room for. */
export function recordable(
  state: JsonObject & { readonly read: readonly { readonly claim: string; readonly files: string }[] },
): JsonObject {
  const size = gzipSync(JSON.stringify(state)).length;
  if (size <= LARGEST) return state;
  const files = state.read.reduce((sum, { files: text }) => sum + text.split('\n').length, 0);
  throw new WindlassFailure(
    'ExpectationFailed',
    `The volumes hold ${String(files)} files, and their record would have ${String(size)} bytes; there is room for ${String(LARGEST)}.`,
    {
      object: state.read.map(({ claim }) => `PersistentVolumeClaim ${claim}`).join(', '),
      next: 'Drill fewer namespaces in one step, or leave out `inspector`: the data is not proven then.',
    },
  );
}
