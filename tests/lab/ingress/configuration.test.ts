import { expect, test } from '@jest/globals';
import { serversFor } from '../../../src/lab/ingress/configuration.ts';
import type { Route, Site } from '../../../src/lab/ingress/sites.ts';

const backend = { namespace: 'shop', service: 'web', port: 'http' };
const route = (path: string, exact = false): Route => ({ path, exact, backend });

function rendered(site: Partial<Site>, certificate: string | null = null): string {
  const whole = { host: 'a.test', routes: [], fallback: null, tls: null, ...site };
  return serversFor(
    [whole],
    () => ({ server: 'temporal/ui', address: '127.0.0.1:8233' }),
    () => certificate,
  );
}

test('A prefix is rendered as itself and what is below it, unless an exact path goes before it', () => {
  const locations = [
    ...rendered({ routes: [route('/one'), route('/two'), route('/two', true)] }).matchAll(/location (.*) \{/g),
  ];
  expect(locations.map(([, of]) => of)).toEqual(['"/one/"', '= "/one"', '"/two/"', '= "/two"', '/']);
});

test('Nothing in a path ends the word that it is', () => {
  expect(rendered({ routes: [route('/a"; } \\')] })).toContain('location "/a\\"; } \\\\/" {');
});

test('A wildcard is one label, and a certificate is what a host needs to be asked for by TLS', () => {
  const text = rendered({ host: '*.a.test' }, 'certificates/one.pem');
  expect(text).toContain('server_name "~^[^.]+\\\\.a\\\\.test$";');
  expect(text).toContain('ssl_certificate "certificates/one.pem";');
  expect(rendered({})).not.toContain('ssl');
});
