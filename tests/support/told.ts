import { wordsOf, type RecordedFinding, type Words } from '../../src/domain/evidence.ts';

/** Findings with what people read of them. */
export function told<F extends RecordedFinding>(findings: readonly F[]): readonly (F & Words)[] {
  return findings.map((finding) => ({ ...finding, ...wordsOf(finding) }));
}
