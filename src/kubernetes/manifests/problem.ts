import { WindlassFailure } from '../../domain/failure.ts';
import type { Json } from '../../domain/json.ts';
import type { KindRef } from '../../domain/kubernetes-api.ts';
import { namespaceAsPrerequisite, type Prerequisite } from '../../domain/prerequisite.ts';
import { kindKey } from '../identity.ts';

/** One thing that is wrong with the manifests, found before anything was touched. */
export interface Problem {
  /** `file:line:column`, or the file. */
  readonly at: string;
  /** The object, when it is known which: `Deployment data/web`. */
  readonly object?: string;
  readonly what: string;
  /** The kind or namespace that is all that is missing. */
  readonly missing?: { readonly kind: KindRef } | { readonly namespace: string };
}

const SHOWN = 10;
const KEPT = 100;

/**
 * One failure for all problems: `UnknownKind` when nothing but kinds is missing, else `InvalidManifest`. Its facts list
 * the problems, and the kinds and namespaces that an earlier step may yet make.
 */
export function problemsFailure(problems: readonly Problem[]): WindlassFailure {
  const lines = problems.map(problemLine);
  const more = lines.length > SHOWN ? `\n  and ${String(lines.length - SHOWN)} more` : '';
  const unknownKinds = problems.every(({ missing }) => missing !== undefined && 'kind' in missing);
  const objects = new Set(problems.map((problem) => problem.object ?? problem.at));
  const facts: Record<string, Json> = { problems: lines.slice(0, KEPT) };
  const missing = problems.flatMap((problem) => problem.missing ?? []);
  const kinds = sorted(missing.flatMap((one) => ('kind' in one ? kindKey(one.kind) : [])));
  const namespaces = sorted(missing.flatMap((one) => ('namespace' in one ? one.namespace : [])));
  if (kinds.length > 0) facts.kinds = kinds;
  if (namespaces.length > 0) facts.namespaces = namespaces;
  return new WindlassFailure(
    unknownKinds ? 'UnknownKind' : 'InvalidManifest',
    `${count(problems.length, 'problem')} in the manifests, nothing was touched:\n  ${lines.slice(0, SHOWN).join('\n  ')}${more}`,
    {
      object: objects.size === 1 ? ([...objects][0] ?? '') : count(objects.size, 'object'),
      next: unknownKinds
        ? 'Check apiVersion and kind, or install the CustomResourceDefinition in this step or an earlier one.'
        : 'Correct the manifests at the places named.',
      facts,
      // What else is wrong no earlier step can mend.
      ...(missing.length === problems.length ? { missing: missing.map(prerequisite) } : {}),
    },
  );
}

/** One problem in one line: `manifests/web.yaml:12:7 Deployment data/web: what`. */
function problemLine(problem: Problem): string {
  return `${problem.at}${problem.object === undefined ? '' : ` ${problem.object}`}: ${problem.what}`;
}

function prerequisite(missing: NonNullable<Problem['missing']>): Prerequisite {
  return 'kind' in missing ? { is: 'kind', kind: missing.kind } : namespaceAsPrerequisite(missing.namespace);
}

function sorted(names: readonly string[]): string[] {
  return [...new Set(names)].sort();
}

function count(n: number, noun: string): string {
  return `${String(n)} ${noun}${n === 1 ? '' : 's'}`;
}
