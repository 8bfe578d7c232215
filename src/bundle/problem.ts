import { compareTexts } from '../domain/compare.ts';

/** Something wrong in a rollout, where a person can mend it. */
export interface Problem {
  /** Path inside the rollout directory, with `/`. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  readonly message: string;
}

/** `rollout.yaml:12:7: unknown step kind`, the form that editors can jump from. */
export function problemLine(problem: Problem): string {
  return `${problem.file}:${problem.line}:${problem.column}: ${problem.message}`;
}

/** Each problem once, by file, then by place, then by message. */
export function sortProblems(problems: readonly Problem[]): readonly Problem[] {
  const byLine = new Map(problems.map((problem) => [problemLine(problem), problem]));
  return [...byLine.values()].sort(
    (a, b) =>
      compareTexts(a.file, b.file) || a.line - b.line || a.column - b.column || compareTexts(a.message, b.message),
  );
}
