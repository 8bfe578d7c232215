import { createHash } from 'node:crypto';
import { TextCheck, type NotText } from '../domain/text-check.ts';
import type { Problem } from './problem.ts';
import { writtenPasswords } from './checks/migrations.ts';

/** A file of a bundle that is too large to be held. */
export interface LargeFile {
  /** Where it is on this machine. */
  readonly place: string;
  readonly sha256: string;
}

/** As much as a written password and the words before it may take, so that none hides between two chunks. */
const OVERLAP = 256;

/**
 * Reads a large SQL file through once: its digest, and what must not stand in it.
 *
 * @throws what `bytes` throws; nothing of its own.
 */
export async function readLarge(
  path: string,
  place: string,
  bytes: AsyncIterable<Buffer>,
): Promise<{ readonly file: LargeFile; readonly problems: readonly Problem[] }> {
  const hash = createHash('sha256');
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const check = new TextCheck();
  const problems: Problem[] = [];
  const refuse = (wrong: NotText | null): void => {
    if (wrong !== null) problems.push({ file: path, ...wrong.at, message: wrong.why });
  };
  let before = '';
  for await (const chunk of bytes) {
    hash.update(chunk);
    refuse(check.push(chunk));
    before = before.slice(-OVERLAP) + decoder.decode(chunk, { stream: true });
    const [found] = problems.length === 0 ? writtenPasswords(path, before) : [];
    if (found !== undefined) problems.push({ file: path, line: 1, column: 1, message: found.message });
  }
  refuse(check.end());
  return { file: { place, sha256: hash.digest('hex') }, problems };
}
