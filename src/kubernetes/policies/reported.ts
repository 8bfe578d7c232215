import type { JsonObject } from '../../domain/json.ts';
import { read, readList, readText } from '../../domain/json-fields.ts';

/** What a policy says of one object, `Pod data/web`. */
interface Verdict {
  readonly object: string;
  /** `pass`, `fail`, `error`, `warn` or `skip`. */
  readonly result: string;
}

/** What reports tell of one policy. */
export interface Reported {
  readonly policy: string;
  readonly passed: number;
  /** What it would refuse, and what it could not be asked about, in order. */
  readonly against: readonly Verdict[];
  /** What it is about and no report tells of yet, in order. */
  readonly unseen: readonly string[];
}

/** Results that are no objection: Kyverno skips what an exception or a condition of the policy leaves out. */
const FINE = ['pass', 'skip'];

/**
 * Puts together what reports (`wgpolicyk8s.io`) tell of a policy.
 *
 * @param objects what the policy is about, as `Pod data/web`.
 */
export function reportedOf(policy: string, objects: readonly string[], reports: readonly JsonObject[]): Reported {
  const verdicts = reports.flatMap((report) => verdictsOf(policy, report));
  const seen = new Set(verdicts.map(({ object }) => object));
  return {
    policy,
    passed: verdicts.filter(({ result }) => FINE.includes(result)).length,
    against: verdicts
      .filter(({ result }) => !FINE.includes(result))
      .toSorted((a, b) => (a.object < b.object ? -1 : a.object > b.object ? 1 : 0)),
    unseen: objects.filter((object) => !seen.has(object)).toSorted(),
  };
}

function verdictsOf(policy: string, report: JsonObject): readonly Verdict[] {
  return readList(report, 'results')
    .filter((result) => readText(result, 'policy') === policy)
    .flatMap((result) => {
      // Kyverno writes a report for each object; the format has objects of a result as well.
      const named = readList(result, 'resources');
      const subjects = named.length > 0 ? named : [read(report, 'scope')];
      return subjects.map((subject) => ({
        object: objectWords(
          readText(subject, 'kind') ?? 'object',
          readText(subject, 'namespace') ?? readText(report, 'metadata', 'namespace'),
          readText(subject, 'name') ?? '',
        ),
        result: readText(result, 'result') ?? 'error',
      }));
    });
}

export function objectWords(kind: string, namespace: string | undefined, name: string): string {
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}
