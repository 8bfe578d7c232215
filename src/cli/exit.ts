import type { FailureType } from '../domain/failure.ts';
import type { RolloutState } from '../domain/status.ts';

/** How every command ends; promised in docs/cli.md. */
export const EXIT = { ok: 0, failed: 1, usage: 2, unreachable: 3, refused: 4, waiting: 5, interrupted: 130 } as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const MEANINGS: Readonly<Record<keyof typeof EXIT, string>> = {
  ok: 'done',
  failed: 'the work failed, or the rollout ended without being done',
  usage: 'wrong usage, wrong settings, or an invalid rollout; nothing was touched',
  unreachable: 'a server could not be reached',
  refused: 'refused: the rollout runs already, or the decision or command was denied',
  waiting: 'the rollout waits for a person (`status --exit-code`; `watch` and `--watch` without a terminal)',
  interrupted: 'interrupted with Ctrl-C',
};

/** What is not listed is a failure of the work. */
const BY_TYPE: Readonly<Partial<Record<FailureType, ExitCode>>> = {
  WrongUsage: EXIT.usage,
  InvalidRollout: EXIT.usage,
  ReferenceUnresolved: EXIT.usage,
  TargetUnreachable: EXIT.unreachable,
  AlreadyRunning: EXIT.refused,
  DecisionDenied: EXIT.refused,
  Unauthorised: EXIT.refused,
};

export function exitCodeOf(type: FailureType): ExitCode {
  return BY_TYPE[type] ?? EXIT.failed;
}

/** The exit code that tells how a rollout stands: running and done are fine, blocked and paused wait for a person. */
export function exitCodeOfState(state: RolloutState): ExitCode {
  switch (state) {
    case 'running':
    case 'done':
      return EXIT.ok;
    case 'blocked':
    case 'paused':
      return EXIT.waiting;
    case 'cancelled':
    case 'aborted':
    case 'failed':
    case 'terminated':
    case 'timed out':
      return EXIT.failed;
  }
}

/** The table of exit codes, one line each: `  0  done`. */
export function exitCodeTable(): string {
  return (Object.keys(EXIT) as (keyof typeof EXIT)[])
    .map((key) => `  ${String(EXIT[key]).padStart(3)}  ${MEANINGS[key]}`)
    .join('\n');
}
