import { expect, test } from '@jest/globals';
import { addressesIn } from '../../src/steps/addresses.ts';

test('the servers of a bundle are told by kind of target, each as a policy lists it', async () => {
  const env = { WEB: 'https://ada:s3cret@web.example.com/token', DNS: '10.0.0.2', DB: 'postgres://db.example.com/x' };
  const targets = {
    cluster: { kind: 'kubernetes', inventoryNamespace: 'default' },
    database: { kind: 'postgres', url: { fromEnv: 'DB' } },
    web: { kind: 'http', url: { fromEnv: 'WEB' } },
    names: { kind: 'dns', server: { fromEnv: 'DNS' } },
    system: { kind: 'dns' },
    other: { kind: 'dns', server: { fromEnv: 'NONE' } },
  } as const;
  expect(await addressesIn({ targets }, env)).toEqual({
    endpoints: ['10.0.0.2:53', 'db.example.com:5432', 'in-cluster', 'web.example.com:443'],
    unknown: [{ target: 'other', why: expect.stringContaining('environment variable NONE') }],
  });
});
