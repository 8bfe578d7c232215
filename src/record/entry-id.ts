import { canonicalJson } from '../domain/json.ts';
import type { RecordBody, RecordScope } from '../domain/record-entry.ts';
import { sha256 } from '../store/sha256.ts';

/**
 * Id of an entry, from whose it is and what it says: SHA-256 in hex. When it was said, how long it took and when a fact
 * was seen do not count, since another attempt at the same append has other times.
 *
 * @param occasion what tells two entries apart that say the same: the same failure met again after a retry, the same
 * decision sent twice. It must be the same in another attempt at the same append.
 */
export function entryId(scope: RecordScope, body: RecordBody, occasion = ''): string {
  return sha256(canonicalJson([scope, identity(body), occasion]));
}

function identity(body: RecordBody): unknown {
  switch (body.type) {
    case 'applied':
      return { ...body, durationMs: undefined };
    case 'evidence':
      return { ...body, findings: body.findings.map((finding) => ({ ...finding, time: undefined })) };
    default:
      return body;
  }
}
