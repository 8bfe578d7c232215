import {
  isGrpcServiceError,
  ScheduleNotFoundError,
  QueryNotRegisteredError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import { ApplicationFailure, CancelledFailure, TerminatedFailure } from '@temporalio/common';
import { FAILURES, WindlassFailure, type FailureSummary, type FailureType } from './domain/failure.ts';

/** What codes of gRPC mean here: https://grpc.github.io/grpc/core/md_doc_statuscodes.html. */
const CODES = {
  cancelled: 1,
  deadlineExceeded: 4,
  permissionDenied: 7,
  failedPrecondition: 9,
  unavailable: 14,
  unauthenticated: 16,
};

/** Turns what the Temporal client throws into a failure that says what to do next. Our own failures pass through. */
export function clientFailure(error: unknown, object: string): WindlassFailure {
  if (error instanceof WindlassFailure) return error;
  if (error instanceof WorkflowExecutionAlreadyStartedError)
    return new WindlassFailure('AlreadyRunning', `${error.workflowId} is already running.`, {
      object,
      next: object.startsWith('rollout/')
        ? 'Watch it with `windlass watch`, or end it with `windlass cancel`.'
        : 'Wait until it ends, or cancel it in the Web UI: it cleans up after itself.',
      cause: error,
    });
  if (error instanceof ScheduleNotFoundError)
    return new WindlassFailure('NotFound', 'There is no such schedule.', {
      object,
      next: 'See which there are with `windlass schedule list`; `windlass schedule create` makes them.',
      cause: error,
    });
  if (error instanceof WorkflowNotFoundError)
    return new WindlassFailure('NotFound', `There is no open or remembered run of ${object}.`, {
      object,
      next: 'Start it with `windlass start`; `windlass report` still reads the record of earlier runs.',
      cause: error,
    });
  if (error instanceof WorkflowFailedError) return endOfRun(error, object);
  if (error instanceof WorkflowUpdateFailedError) return refusal(error, object);
  if (error instanceof QueryNotRegisteredError || !(error instanceof Error))
    return new WindlassFailure('Internal', 'The workflow did not answer as a rollout does.', {
      object,
      next: 'Check that worker and client have one version.',
      cause: error,
    });
  return ofTemporal(error, object);
}

/** What Temporal itself answered, or that it did not. */
function ofTemporal(error: Error, object: string): WindlassFailure {
  const failed = (type: FailureType, message: string, next: string) =>
    new WindlassFailure(type, message, { object, next, cause: error });
  const code = codeOf(error);
  switch (code) {
    // What a query without a worker ends in.
    case CODES.cancelled:
    case CODES.deadlineExceeded:
      return failed(
        'TargetUnreachable',
        'Temporal answers, but no worker did so in time.',
        'Start a worker (`windlass worker`), or see why those that run do not answer.',
      );
    // So Temporal answers a query whose workflow has failed in its tasks for some times.
    case CODES.failedPrecondition:
      return failed(
        'Internal',
        'It cannot be asked: workers fail with it again and again.',
        "See why in the Web UI (Workflow Task Failed) or in the worker's log. A worker of the version that began it goes on with it.",
      );
    case CODES.permissionDenied:
    case CODES.unauthenticated:
      return failed(
        'AccessDenied',
        'Temporal does not let you in.',
        'Check the API key or the certificate that your profile of Temporal names, and what they may do in this namespace.',
      );
    default:
      return failed(
        'TargetUnreachable',
        code === undefined || code === CODES.unavailable
          ? `Temporal cannot be reached: ${error.name}.`
          : `Temporal did not answer as expected: code ${String(code)} of gRPC.`,
        'Check TEMPORAL_ADDRESS, that Temporal is up (`windlass lab status`) and that a worker polls the task queue.',
      );
  }
}

function codeOf(error: Error): number | undefined {
  return [error, error.cause].find((one) => isGrpcServiceError(one))?.code;
}

/** What a rollout refuses by the form of the message, or since it has no time for it. */
function refusal(error: WorkflowUpdateFailedError, object: string): WindlassFailure {
  const { cause } = error;
  const type = cause instanceof ApplicationFailure ? cause.type : undefined;
  const isKnown = typeof type === 'string' && Object.hasOwn(FAILURES, type);
  return new WindlassFailure(isKnown ? (type as FailureType) : 'Internal', cause?.message ?? 'It was not taken.', {
    object,
    next: type === 'TargetBusy' ? 'Send it again in a moment.' : 'Check that worker and client have one version.',
    cause: error,
  });
}

function endOfRun(error: WorkflowFailedError, object: string): WindlassFailure {
  const { cause } = error;
  const what = object.split('/')[0] ?? '';
  if (cause instanceof CancelledFailure)
    return new WindlassFailure('Interrupted', `The ${what} was cancelled.`, {
      object,
      next: 'Start it again to go on from what was reached.',
    });
  if (cause instanceof TerminatedFailure)
    return new WindlassFailure('Interrupted', `The ${what} was terminated.`, {
      object,
      next: 'Start it again to go on from what was reached.',
    });
  const summary = cause instanceof ApplicationFailure ? (cause.details?.[0] as FailureSummary | undefined) : undefined;
  const type =
    cause instanceof ApplicationFailure && cause.type && cause.type in FAILURES
      ? (cause.type as FailureType)
      : 'Internal';
  return new WindlassFailure(type, summary?.message ?? `The ${what} failed.`, {
    object: summary?.object ?? object,
    next: summary?.next ?? 'Read the run in the Web UI or with `windlass report`.',
    ...(summary?.facts === undefined ? {} : { facts: summary.facts }),
    cause: error,
  });
}
