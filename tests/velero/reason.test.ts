import { describe, expect, test } from '@jest/globals';
import { reasonOf, type ReasonCode } from '../../src/velero/reason.ts';

const list = 'rpc error: code = Unknown desc = operation error S3: ListObjectsV2, ';
const ids = 'RequestID: 18EAB30717502D6E, HostID: df6bb5c1202ac6a454a2215c0c0223347de2ad9474c15bf84f865e5c8e401ed3, ';
const answered = (status: number): string => `${list}https response error StatusCode: ${String(status)}, ${ids}`;
const get = (url: string): string =>
  `${list}exceeded maximum number of attempts, 3, https response error StatusCode: 0, RequestID: , HostID: , ` +
  `request send failed, Get "${url}/velero-backups?delimiter=%2F&list-type=2&prefix=": `;
const imds = 'rpc error: code = Unknown desc = failed to refresh cached credentials, no EC2 IMDS role found, ';

/** What Velero 1.18.3 with its AWS plugin 1.14.3 wrote into status.message, after `BackupStorageLocation "x" is unavailable: `. */
const SEEN: readonly (readonly [string, ReasonCode, string])[] = [
  [`${answered(404)}NoSuchBucket: The specified bucket does not exist`, 'no-such-bucket', 'does not exist'],
  [
    `${answered(403)}api error InvalidAccessKeyId: The Access Key Id you provided does not exist in our records.`,
    'unknown-access-key',
    'access denied: the object store does not know the access key',
  ],
  [
    `${answered(403)}api error SignatureDoesNotMatch: The request signature we calculated does not match the signature you provided. Check your key and signing method.`,
    'wrong-secret-key',
    'access denied: the secret key',
  ],
  [`${answered(403)}api error AccessDenied: Access Denied.`, 'access-denied', 'may not list the bucket'],
  [
    `${list}exceeded maximum number of attempts, 3, Probable clock skew error: https response error StatusCode: 403, RequestID: , HostID: , api error RequestTimeTooSkewed: The difference between the request time and the server's time is too large.`,
    'clock-skew',
    'clock skew',
  ],
  [
    `${answered(400)}api error AuthorizationHeaderMalformed: The authorization header is malformed; the region is wrong; expecting 'eu-west-1'.`,
    'wrong-region',
    'another region',
  ],
  [
    `${get('http://no-such-host.invalid:9000')}dial tcp: lookup no-such-host.invalid on 10.0.0.2:53: no such host`,
    'unknown-host',
    'host name of the object store is unknown',
  ],
  [`${get('http://127.0.0.1:1')}dial tcp 127.0.0.1:1: connect: connection refused`, 'unreachable', 'does not answer'],
  [
    `${get('http://127.0.0.1:9443')}read tcp 127.0.0.1:51718->127.0.0.1:9443: read: connection reset by peer`,
    'unreachable',
    'does not answer',
  ],
  [
    `${get('https://127.0.0.1:9443')}tls: failed to verify certificate: x509: certificate signed by unknown authority`,
    'certificate',
    'signed by an unknown authority',
  ],
  [
    `${get('https://127.0.0.1:9443')}tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2026-11-23T14:35:35Z is after 2026-11-22T14:32:56Z`,
    'certificate',
    'has expired',
  ],
  [
    `${get('https://127.0.0.2:9443')}tls: failed to verify certificate: x509: certificate is valid for 127.0.0.1, not 127.0.0.2`,
    'certificate',
    'another host name',
  ],
  [
    `${get('https://127.0.0.1:9000')}http: server gave HTTP response to HTTPS client`,
    'wrong-scheme',
    'speaks plain http',
  ],
  [`${answered(404)}api error NotFound: Not Found`, 'not-an-object-store', 'not an S3 server'],
  [
    `${list}exceeded maximum number of attempts, 3, https response error StatusCode: 503, RequestID: , HostID: , api error SlowDown: slow`,
    'store-failing',
    'fails on its side',
  ],
  [
    `${imds}operation error ec2imds: GetMetadata, http response error StatusCode: 403, request to EC2 IMDS failed`,
    'no-credentials',
    'no credentials in the Secret',
  ],
  [
    `${imds}operation error ec2imds: GetMetadata, access disabled to EC2 IMDS via client option, or "AWS_EC2_METADATA_DISABLED" environment variable`,
    'no-credentials',
    'no credentials in the Secret',
  ],
  [
    'unable to get credentials: unable to get key for secret: Secret "main-credentials" not found',
    'no-credentials',
    'no credentials in the Secret',
  ],
  [
    'unable to get credentials: unable to get key for secret: "main-credentials" secret is missing data for key "cloud"',
    'no-credentials',
    'no credentials in the Secret',
  ],
  ['unable to locate ObjectStore plugin named velero.io/aws', 'plugin-missing', 'no plugin'],
  [
    'rpc error: code = Unknown desc = Invalid s3 url 127.0.0.1:9000, URL must be valid according to https://golang.org/pkg/net/url/#Parse and start with http:// or https://',
    'bad-settings',
    'does not accept the settings',
  ],
  [
    'rpc error: code = Unknown desc = config has invalid keys [bogus]; valid keys are [region s3Url publicUrl kmsKeyId credentialsFile]',
    'bad-settings',
    'does not accept the settings',
  ],
  [
    `backup storage location's bucket name "a/b" must not contain a '/' (if using a prefix, put it in the 'Prefix' field instead)`,
    'bad-bucket-name',
    'bucket name is not valid',
  ],
  [`${answered(402)}api error PaymentRequired: Pay first.`, 'unknown', 'answered PaymentRequired'],
  [
    'Backup store contains invalid top-level directories: [windlass-sentinel]',
    'foreign-directories',
    'directories that are not of Velero',
  ],
  ['something new', 'unknown', 'not known here'],
];

describe('why Velero cannot use a location', () => {
  test.each(SEEN.map(([message, code, says]) => [code, says, message] as const))('%s: %s', (code, says, message) => {
    const reason = reasonOf(`BackupStorageLocation "x" is unavailable: ${message}`);
    expect(reason.code).toBe(code);
    expect(reason.why).toContain(says);
    expect(reason.next).not.toBe('');
  });
});
