import { describe, expect, test } from '@jest/globals';
import { DirectoryStore } from '../../src/store/directory.ts';
import { openStore } from '../../src/store/open.ts';
import { S3Store } from '../../src/store/s3.ts';

const s3 = { endpoint: 'http://127.0.0.1:9', region: 'us-east-1', accessKey: 'a', secretKey: 'hidden-secret' };

describe('the URL of a store', () => {
  test('chooses a directory or a bucket', () => {
    expect(openStore('file:///tmp/some%20where/')).toBeInstanceOf(DirectoryStore);
    expect(openStore('s3://windlass', s3)).toBeInstanceOf(S3Store);
    expect(openStore('s3://windlass/some/prefix/', s3)).toBeInstanceOf(S3Store);
  });

  test.each([
    '',
    '/plain/path',
    'file://',
    'file:///',
    'file://host/path',
    'http://127.0.0.1/x',
    's3://',
    's3://user:hidden-secret@bucket/x',
    's3://bucket/../x y',
    's3://bucket/%zz',
    's3://bucket?versionId=1',
  ])('"%s" is refused without being repeated', (url) => {
    expect(() => openStore(url, s3)).toThrow(expect.objectContaining({ type: 'ReferenceUnresolved' }));
    expect(() => openStore(url, s3)).not.toThrow(/hidden-secret/);
  });

  test('a bucket without the address of its server is refused', () => {
    expect(() => openStore('s3://windlass')).toThrow('its server is not known');
  });
});
