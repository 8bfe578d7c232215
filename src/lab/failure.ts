import { WindlassFailure } from '../domain/failure.ts';

/** The lab could not do what was asked: a tool is missing, a server does not start. Never retried by itself. */
export class LabFailure extends WindlassFailure {
  /**
   * @param message what happened and why, in a sentence or two
   * @param object the tool or server it is about
   * @param next what to do about it
   */
  constructor(message: string, object: string, next: string, cause?: unknown) {
    super('LabFailed', message, { object, next, ...(cause === undefined ? {} : { cause }) });
  }
}
