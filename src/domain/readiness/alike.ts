import type { Bundle } from '../bundle.ts';
import { canonicalJson } from '../json.ts';

/**
 * Which of several bundles do the same work as one: they differ from it, if at all, in what is asked of the readiness and in whom
 * drills tell. Evidence that was had with them counts for it.
 *
 * @param open a stored bundle by its digest; null for one that cannot be opened.
 * @returns digests, that of the bundle itself first. Throws what `open` does.
 */
export async function alike(
  digest: string,
  bundle: Bundle,
  others: readonly string[],
  open: (digest: string) => Promise<Bundle | null>,
): Promise<readonly string[]> {
  const wanted = workOf(bundle);
  const found: string[] = [];
  for (const other of new Set(others)) {
    if (other === digest) continue;
    const opened = await open(other);
    if (opened !== null && workOf(opened) === wanted) found.push(other);
  }
  return [digest, ...found.sort()];
}

function workOf(bundle: Bundle): string {
  return canonicalJson({ ...bundle, readiness: undefined, notifications: undefined });
}
