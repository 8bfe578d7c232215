import type { FailureType } from '../domain/failure.ts';

/** What an S3 error code means here. */
export interface Refusal {
  readonly type: FailureType;
  /** What happened, as the predicate of a sentence that begins with the server: `does not know the access key`. */
  readonly says: string;
  readonly next: string;
}

const ACCESS_KEY = 'Look at the reference that gives the access key of the target.';
const SECRET_KEY = 'Look at the reference that gives the secret key of the target.';
const REGION = 'Set the region of the target to the one that the server or the bucket is in.';
const LATER = 'Nothing to do if it passes; else look at the load and the log of the object store.';

const accessDenied: Refusal = {
  type: 'AccessDenied',
  says: 'knows the credentials but does not allow this',
  next:
    'Give the access key the right to it, or choose another bucket if this one belongs to somebody else; ' +
    'if the key should have the right, look at the reference that gives the access key of the target.',
};
const otherRegion: Refusal = { type: 'InvalidRollout', says: 'is set to another region than the target', next: REGION };
const busy: Refusal = { type: 'Throttled', says: 'asks for fewer requests', next: LATER };
const broken: Refusal = { type: 'ServerError', says: 'failed on its side', next: LATER };
const cannot: Refusal = {
  type: 'BucketRefused',
  says: 'does not support this',
  next: 'Leave the setting out of the step, or use an object store that has it.',
};

const badPolicy: Refusal = {
  type: 'BucketRefused',
  says: 'does not accept the policy',
  next: 'Mend its actions, principals and conditions: not every server knows all of them.',
};
const badSetting: Refusal = {
  type: 'BucketRefused',
  says: 'does not accept the value',
  next: 'Mend the setting in the step, or leave it out: not every server takes all of them.',
};

/** By S3 error code. A code that is not here is reported by its name. */
export const REFUSALS: Readonly<Record<string, Refusal>> = {
  InvalidAccessKeyId: { type: 'AccessDenied', says: 'does not know the access key', next: ACCESS_KEY },
  SignatureDoesNotMatch: {
    type: 'AccessDenied',
    says: 'knows the access key, but the secret key does not belong to it',
    next: SECRET_KEY,
  },
  AccessDenied: accessDenied,
  AllAccessDisabled: accessDenied,
  AccountProblem: accessDenied,
  RequestTimeTooSkewed: {
    type: 'AccessDenied',
    says: 'refused the request because of clock skew: its clock and the clock here are too far apart',
    next: 'Set the clocks of this machine and of the object store (time synchronisation), then try again.',
  },
  AuthorizationHeaderMalformed: otherRegion,
  PermanentRedirect: otherRegion,
  MovedPermanently: otherRegion,
  TemporaryRedirect: otherRegion,
  IllegalLocationConstraintException: otherRegion,
  InvalidLocationConstraint: otherRegion,
  InvalidRegion: otherRegion,
  BucketAlreadyExists: {
    type: 'BucketRefused',
    says: 'has a bucket of this name that belongs to somebody else',
    next: 'Choose another bucket name, or use the credentials of the account that owns the bucket.',
  },
  InvalidBucketName: {
    type: 'BucketRefused',
    says: 'does not accept the bucket name',
    next: 'Choose a name of 3 to 63 lower-case letters, digits and dashes.',
  },
  TooManyBuckets: {
    type: 'BucketRefused',
    says: 'allows this account no more buckets',
    next: 'Raise the limit of buckets, or delete one that nobody needs.',
  },
  InvalidBucketState: {
    type: 'BucketRefused',
    says: 'does not allow this for the bucket as it is',
    next: 'Versions of a bucket with object lock cannot be suspended, and a lock needs versions: mend the step.',
  },
  MalformedPolicy: badPolicy,
  InvalidPolicyDocument: badPolicy,
  MalformedXML: badSetting,
  InvalidArgument: badSetting,
  InvalidRequest: badSetting,
  InvalidTag: badSetting,
  NotImplemented: cannot,
  MethodNotAllowed: cannot,
  NoSuchBucket: {
    type: 'TargetBusy',
    says: 'has the bucket no more: it was deleted in between',
    next: 'Find out who deletes the bucket, then retry.',
  },
  OperationAborted: { type: 'TargetBusy', says: 'is still busy with another change of the bucket', next: LATER },
  SlowDown: busy,
  RequestLimitExceeded: busy,
  TooManyRequests: busy,
  ServiceUnavailable: broken,
  InternalError: broken,
};
