import { WindlassFailure, type FailureType } from '../domain/failure.ts';

/** What was being asked, for the words of a failure. */
export interface Request {
  /** `host:port`. */
  readonly server: string;
  /** What was asked: `making the project`. */
  readonly doing: string;
  /** The thing: `workflow daily-prices`. */
  readonly object: string;
}

interface Refusal {
  readonly type: FailureType;
  /** What it means, as the rest of a sentence. */
  readonly says: string;
  readonly next: string;
}

const RIGHTS = 'Give the user that logs in the right to it, or log in as one who has it.';
const SOMEBODY = 'Look at who works on it in its Web UI, then retry: the step reads everything anew.';

/**
 * The numbers of DolphinScheduler's answers that a step can meet. All of them come with HTTP 200. Their texts are not passed
 * on: they repeat what was sent.
 */
const REFUSALS: Readonly<Record<number, Refusal>> = {
  10000: { type: 'ServerError', says: 'failed inside', next: 'Nothing if it passes; else look at its log.' },
  10001: {
    type: 'InvalidManifest',
    says: 'takes a parameter for wrong',
    next: 'Look at the log of its API server, which says which one.',
  },
  10013: { type: 'AccessDenied', says: 'refuses user and password', next: 'Mend the references of user and password.' },
  10017: {
    type: 'NotFound',
    says: 'has no such tenant',
    next: 'Declare it under `tenants`, or name one that is there.',
  },
  10019: {
    type: 'OwnershipConflict',
    says: 'has a project of this name that the user does not see',
    next: 'Let its owner give the project to the user that logs in, or name another project.',
  },
  10023: { type: 'OwnershipConflict', says: 'has put the schedule online meanwhile', next: SOMEBODY },
  10024: { type: 'InvalidManifest', says: 'does not understand the cron expression', next: 'Mend it in the file.' },
  10126: { type: 'OwnershipConflict', says: 'says that the schedule is so already', next: SOMEBODY },
  10168: { type: 'OwnershipConflict', says: 'has a workflow of this name meanwhile', next: SOMEBODY },
  10190: { type: 'NotFound', says: 'has no such project', next: SOMEBODY },
  10204: { type: 'OwnershipConflict', says: 'has a schedule of it meanwhile', next: SOMEBODY },
  30001: { type: 'AccessDenied', says: 'does not let the user do it', next: RIGHTS },
  30002: { type: 'AccessDenied', says: 'does not let the user into the project', next: RIGHTS },
  30003: { type: 'AccessDenied', says: 'does not let the user write to the project', next: RIGHTS },
  50003: { type: 'NotFound', says: 'has no such workflow', next: SOMEBODY },
  50004: { type: 'OwnershipConflict', says: 'has taken the workflow offline meanwhile', next: SOMEBODY },
  50008: { type: 'OwnershipConflict', says: 'has put the workflow online meanwhile', next: SOMEBODY },
  50019: {
    type: 'InvalidManifest',
    says: 'finds a cycle among the tasks',
    next: 'Mend the order of tasks in the file.',
  },
  50020: {
    type: 'InvalidManifest',
    says: 'takes the settings of a task for wrong',
    next: 'Mend the task in the file.',
  },
  50035: { type: 'InvalidManifest', says: 'finds no task in the workflow', next: 'Mend the file.' },
};

/** What an answer with another number than 0 means. */
export function refusalFailure(code: number, { server, doing, object }: Request): WindlassFailure {
  const known = REFUSALS[code] ?? {
    type: 'ServerError' as const,
    says: `answered ${String(code)}`,
    next: `Look up ${String(code)} in DolphinScheduler's list of statuses, and look at the log of its API server.`,
  };
  return new WindlassFailure(known.type, `DolphinScheduler at ${server} ${known.says} (${doing}).`, {
    object,
    next: known.next,
    // An unknown number is an answer, and not a fault that passes.
    retryable: code === 10000,
    facts: { server, code },
  });
}

/** Whether a failure is the answer of that number. */
export function isRefusal(error: unknown, code: number): boolean {
  return error instanceof WindlassFailure && error.options.facts?.['code'] === code;
}
