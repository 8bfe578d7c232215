/** Why Velero cannot use a storage location. The names are kept in evidence. */
export interface Reason {
  readonly code: ReasonCode;
  /** The rest of a sentence that begins with the location: `the bucket does not exist`. */
  readonly why: string;
  readonly next: string;
}

/** @internal exported for its tests */
export type ReasonCode =
  | 'no-such-bucket'
  | 'bad-bucket-name'
  | 'unknown-access-key'
  | 'wrong-secret-key'
  | 'access-denied'
  | 'no-credentials'
  | 'clock-skew'
  | 'wrong-region'
  | 'unknown-host'
  | 'unreachable'
  | 'certificate'
  | 'wrong-scheme'
  | 'not-an-object-store'
  | 'store-failing'
  | 'foreign-directories'
  | 'plugin-missing'
  | 'bad-settings'
  | 'not-validated'
  | 'deleted'
  | 'unknown';

const ENDPOINT = 'Look at the endpoint of the object store target: Velero must reach it too, from where it runs.';
const CERTIFICATE =
  'Renew the certificate of the object store, or let the machine or image that Velero runs on trust its authority.';

/** What Velero and its AWS plugin write into `status.message`, the specific before the general. */
const MESSAGES: readonly (readonly [RegExp, Reason])[] = [
  [/NoSuchBucket/, reason('no-such-bucket', 'the bucket does not exist', 'Make the bucket, or correct its name.')],
  [
    /bucket name ".*" must not contain|InvalidBucketName/,
    reason('bad-bucket-name', 'the bucket name is not valid', 'Correct the name of the bucket; a path is a prefix.'),
  ],
  [
    /InvalidAccessKeyId/,
    reason(
      'unknown-access-key',
      'access denied: the object store does not know the access key',
      'Look at the reference that gives the access key of the object store target.',
    ),
  ],
  [
    /SignatureDoesNotMatch/,
    reason(
      'wrong-secret-key',
      'access denied: the secret key does not belong to the access key',
      'Look at the reference that gives the secret key of the object store target.',
    ),
  ],
  [
    /RequestTimeTooSkewed|RequestExpired/,
    reason(
      'clock-skew',
      "clock skew: Velero's clock and that of the object store are too far apart",
      'Set the clocks of both machines (time synchronisation).',
    ),
  ],
  [
    /AuthorizationHeaderMalformed|PermanentRedirect|IllegalLocationConstraint|BucketRegionError/,
    reason('wrong-region', 'the bucket is in another region', 'Set the region of the object store target.'),
  ],
  [
    /AccessDenied|AllAccessDisabled|Forbidden|StatusCode: 403, (?!.*IMDS)/,
    reason(
      'access-denied',
      'access denied: the credentials may not list the bucket',
      'Give the access key the rights to list, read and write the bucket, or use a bucket of its owner.',
    ),
  ],
  [
    /unable to get credentials|failed to refresh cached credentials|no EC2 IMDS role|failed to load shared config/,
    reason(
      'no-credentials',
      'Velero finds no credentials in the Secret of the location',
      'Run the step again: it writes the Secret. If that helps only for a while, find out who changes it.',
    ),
  ],
  [/no such host|server misbehaving/, reason('unknown-host', 'the host name of the object store is unknown', ENDPOINT)],
  [
    /x509: certificate has expired or is not yet valid/,
    reason('certificate', 'the certificate of the object store has expired or is not valid yet', CERTIFICATE),
  ],
  [
    /x509: certificate signed by unknown authority/,
    reason('certificate', 'the certificate of the object store is signed by an unknown authority', CERTIFICATE),
  ],
  [
    /x509: (certificate is valid for|cannot validate certificate for|certificate is not valid for any names)/,
    reason('certificate', 'the certificate of the object store is for another host name', CERTIFICATE),
  ],
  [/x509:|tls: /, reason('certificate', 'no secure connection to the object store could be made', CERTIFICATE)],
  [
    /server gave HTTP response to HTTPS client/,
    reason('wrong-scheme', 'the object store speaks plain http, not https', ENDPOINT),
  ],
  [
    /connection refused|connection reset|no route to host|network is unreachable|i\/o timeout|deadline exceeded|: EOF/,
    reason('unreachable', 'the object store does not answer at its address', ENDPOINT),
  ],
  [/StatusCode: 404/, reason('not-an-object-store', 'what answers at the address is not an S3 server', ENDPOINT)],
  [
    /StatusCode: 5\d\d|SlowDown|InternalError|ServiceUnavailable/,
    reason('store-failing', 'the object store fails on its side', 'Look at the load and the log of the object store.'),
  ],
  [
    /invalid top-level directories/,
    reason(
      'foreign-directories',
      'the bucket holds directories that are not of Velero',
      'Give Velero a bucket of its own, or the location a prefix.',
    ),
  ],
  [
    /unable to locate ObjectStore plugin/,
    reason(
      'plugin-missing',
      'Velero has no plugin for S3 object stores',
      'Add the AWS plugin to Velero (velero plugin add velero/velero-plugin-for-aws).',
    ),
  ],
  [
    /config has invalid keys|Invalid s3 url|backup storage location's/,
    reason(
      'bad-settings',
      'Velero or its AWS plugin does not accept the settings of the location',
      'Look at the endpoint of the object store target, and whether the version of the AWS plugin fits.',
    ),
  ],
];

/**
 * Turns `status.message` of a location into words. The message itself is not passed on: it quotes answers of the object
 * store.
 */
export function reasonOf(message: string): Reason {
  const known = MESSAGES.find(([pattern]) => pattern.test(message));
  if (known !== undefined) return known[1];
  const code = /api error ([A-Za-z]{1,64}):/.exec(message)?.[1];
  return reason(
    'unknown',
    code === undefined ? 'Velero gives a reason that is not known here' : `the object store answered ${code}`,
    'Read status.message of the BackupStorageLocation, and the log of Velero.',
  );
}

/**
 * Why Velero failed at its object store in the middle of its work, or null when that is not what it failed at. Seen with a
 * location that is Available: Velero writes the file with its credentials anew whenever it opens the location, so that
 * whoever reads it at that moment finds it empty (`no-credentials`).
 */
export function storeTrouble(failureReason: string): Reason | null {
  const reason = reasonOf(failureReason);
  return reason.code === 'unknown' ? null : reason;
}

/** Nobody looked: what to say when Velero has not validated the location since it was changed. */
export const NOT_VALIDATED: Reason = reason(
  'not-validated',
  'Velero has not looked at the location since',
  'See that Velero runs in this namespace. If it does, another location may hold it up: it validates one after the ' +
    'other without a time limit, so a server that accepts and never answers blocks all.',
);

export const DELETED: Reason = reason(
  'deleted',
  'it was deleted by somebody else',
  'Find out who deletes it, then run the step again.',
);

function reason(code: ReasonCode, why: string, next: string): Reason {
  return { code, why, next };
}
