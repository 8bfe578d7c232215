import { expect, test } from '@jest/globals';
import { s3Failure } from '../../src/objectstore/failure.ts';

test.each([
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'signed by an unknown authority'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'signed by an unknown authority'],
  ['CERT_HAS_EXPIRED', 'has expired'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'is for another host name'],
  ['CERT_REVOKED', 'no secure connection'],
])('%s is a certificate error: named, with what to do, and not tried again', (code, says) => {
  const error = Object.assign(new Error('text of the TLS library'), { code });
  const failure = s3Failure(error, { server: 's3.example.com:443', bucket: 'velero-backups', doing: 'looking' });
  expect(failure.summary()).toMatchObject({ type: 'TargetUnreachable', retryable: false });
  expect(failure.message).toContain('s3.example.com:443');
  expect(failure.message).toContain(says);
  expect(failure.options.next).toContain('NODE_EXTRA_CA_CERTS');
});
