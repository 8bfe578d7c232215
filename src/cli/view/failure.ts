import type { FailureSummary } from '../../domain/failure.ts';
import { problemLine, type Problem } from '../../bundle/problem.ts';
import { isList } from '../../domain/json-fields.ts';
import type { Json } from '../../domain/json.ts';
import { clipped } from '../../domain/wrap.ts';

/** What a screen shows of a message, in characters: servers answer with whole statements and documents. */
const LONGEST_MESSAGE = 1_000;

/**
 * A failure for people, line by line: what and where, every fact on its own line, and what to do next.
 *
 * @param whole the command that shows a message whole which is cut here; absent where nothing else would show it, and none is cut.
 */
export function failureLines(failure: FailureSummary, whole?: string): string[] {
  const where = failure.object === undefined ? '' : `${failure.object}: `;
  const message = whole === undefined ? failure.message : clipped(failure.message, LONGEST_MESSAGE);
  return [
    `error: ${where}${message} (${failure.type})`,
    ...(message === failure.message ? [] : [`  the whole message: ${whole ?? ''}`]),
    ...Object.entries(failure.facts ?? {}).flatMap(([name, value]) => factLines(name, value)),
    `next:  ${failure.next}`,
  ];
}

function factLines(name: string, value: Json): string[] {
  if (!isList(value)) return [`  ${name}: ${factText(value)}`];
  return value.length === 0 ? [] : [`  ${name}:`, ...value.map((item) => `    ${factText(item)}`)];
}

/** Problems of a rollout as editors can jump from them, text as it is, anything else as JSON. */
function factText(value: Json): string {
  if (isProblem(value)) return problemLine(value);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function isProblem(value: Json): value is Json & Problem {
  return typeof value === 'object' && value !== null && 'file' in value && 'line' in value && 'message' in value;
}
