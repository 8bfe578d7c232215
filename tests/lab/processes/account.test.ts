import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { unprivilegedAccount } from '../../../src/lab/processes/account.ts';

const ROOT = 'root:x:0:0:root:/root:/bin/bash';
const NOBODY = 'nobody:x:65534:65533:nobody:/nonexistent:/usr/sbin/nologin';
const POSTGRES = 'postgres:x:101:104:PostgreSQL:/var/lib/postgresql:/bin/bash';

const as = (uid: number) => jest.spyOn(process as { getuid: () => number }, 'getuid').mockReturnValue(uid);
afterEach(() => {
  jest.restoreAllMocks();
});

describe('the user that PostgreSQL runs as', () => {
  test('is ourselves when we are not root', () => {
    as(1000);
    expect(unprivilegedAccount([ROOT, NOBODY, POSTGRES].join('\n'))).toBeUndefined();
  });

  test('is postgres when root runs the lab and there is such a user', () => {
    as(0);
    const passwd = [ROOT, NOBODY, POSTGRES].join('\n');
    expect(unprivilegedAccount(passwd)).toEqual({ name: 'postgres', uid: 101, gid: 104 });
  });

  test('is nobody when root runs the lab and there is no postgres', () => {
    as(0);
    expect(unprivilegedAccount([ROOT, NOBODY].join('\n'))).toEqual({ name: 'nobody', uid: 65534, gid: 65533 });
  });
});
