import { WindlassFailure } from '../domain/failure.ts';
import { codeBehind } from './failure.ts';

const ABSENT: ReadonlySet<string> = new Set(['NoSuchKey', 'NoSuchBucket', 'NotFound', 'NoSuchVersion']);

/** Whether a failure only says that there is no such object, version or bucket. */
export function isAbsent(error: unknown): boolean {
  return ABSENT.has(codeBehind(error) ?? '');
}

/** The same failure, or `NotFound` in the words of whoever asked for something that is not there. */
export function asNotFound(error: unknown, object: string): unknown {
  if (!isAbsent(error)) return error;
  const noBucket = codeBehind(error) === 'NoSuchBucket';
  return new WindlassFailure('NotFound', `There is no such ${noBucket ? 'bucket' : 'object'}.`, {
    object,
    next: 'See whether the name is right, and who deleted it if it was there.',
    cause: error,
  });
}
