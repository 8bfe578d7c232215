import type { Bundle } from '../domain/bundle.ts';
import { canonicalJson } from '../domain/json.ts';
import { sha256 } from '../store/sha256.ts';

export { sha256 };

/** The bundle as it is stored; its SHA-256 is the bundle digest. */
export function bundleDocument(bundle: Bundle): string {
  return canonicalJson(bundle);
}
