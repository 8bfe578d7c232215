import { isFindingKind, wordsOf, type Finding, type RecordedFinding } from '../domain/evidence.ts';
import { canonicalJson } from '../domain/json.ts';
import type { RecordBody, RecordEntry } from '../domain/record-entry.ts';
import { typedFinding, type ReleasedFinding } from './released.ts';

/** A finding as it is stored: with its sentence, for versions that do not know its kind, and for people with `jq`. */
type StoredFinding = ReleasedFinding & { readonly kind?: string; readonly about?: unknown };
type StoredBody = Exclude<RecordBody, { type: 'evidence' }> | { type: 'evidence'; findings: readonly StoredFinding[] };

/** An entry as text, the same for equal entries. */
export function writeStored(entry: RecordEntry): string {
  const { body } = entry;
  if (body.type !== 'evidence') return canonicalJson(entry);
  const findings = body.findings.map((finding) => ({ ...finding, ...wordsOf(finding) }));
  return canonicalJson({ ...entry, body: { ...body, findings } });
}

/** The entry of a text that this version, an earlier or a later one has written. */
export function readStored(text: string): RecordEntry {
  const entry = JSON.parse(text) as Omit<RecordEntry, 'body'> & { readonly body: StoredBody };
  const { body } = entry;
  if (body.type !== 'evidence') return { ...entry, body };
  return { ...entry, body: { ...body, findings: body.findings.map((stored) => readFinding(stored, body.findings)) } };
}

function readFinding(stored: StoredFinding, all: readonly StoredFinding[]): RecordedFinding {
  const { kind, subject, claim, ...rest } = stored;
  if (kind === undefined) return typedFinding(stored, all);
  if (isFindingKind(kind)) return { kind, ...rest } as Finding;
  return { ...rest, observed: rest.observed ?? null, kind: 'told', about: { subject, claim } };
}
