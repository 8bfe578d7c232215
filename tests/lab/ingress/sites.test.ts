import { describe, expect, test } from '@jest/globals';
import type { Json, JsonObject } from '../../../src/domain/json.ts';
import { sitesOf, type Site } from '../../../src/lab/ingress/sites.ts';

interface Declared {
  readonly at?: string;
  readonly rules?: readonly JsonObject[];
  readonly more?: JsonObject;
}

const ingress = (name: string, { at = '2026-01-01T00:00:00Z', rules = [], more = {} }: Declared): Json => ({
  metadata: { namespace: 'shop', name, creationTimestamp: at },
  spec: { rules, ...more },
});
const to = (service: string): JsonObject => ({ service: { name: service, port: { number: 80 } } });
const path = (service: string, written: string, pathType = 'Prefix'): JsonObject => ({
  ...{ path: written, pathType },
  backend: to(service),
});
const rule = (host: string | null, ...paths: readonly JsonObject[]): JsonObject => ({
  ...(host === null ? {} : { host }),
  http: { paths },
});
const of = (sites: readonly Site[], host: string | null) => sites.find((site) => site.host === host);
const led = (site: Site | undefined) =>
  site?.routes.map((route) => `${route.exact ? '=' : ''}${route.path} ${route.backend.service ?? ''}`);

describe('what Ingresses say together', () => {
  test('merges the paths of a host, and lets the oldest have one that several declare', () => {
    const { sites, problems } = sitesOf([
      ingress('younger', {
        at: '2026-01-02T00:00:00Z',
        rules: [rule('a.test', path('two', '/'), path('two', '/two'))],
      }),
      ingress('older', { rules: [rule('a.test', path('one', '/'), path('one', '/one/'))] }),
      ingress('exact', { at: '2026-01-03T00:00:00Z', rules: [rule('a.test', path('three', '/one', 'Exact'))] }),
    ]);
    expect(led(of(sites, 'a.test'))).toEqual([' one', '/one one', '/two two', '=/one three']);
    expect(problems).toEqual([
      'Ingress shop/younger: a.test/ is declared by Ingress shop/older already, which is older.',
    ]);
  });

  test('has a default for hosts that nobody declares, and for paths of its own hosts', () => {
    const { sites } = sitesOf([
      ingress('all', { more: { defaultBackend: to('rest') }, rules: [rule('a.test', path('one', '/one'))] }),
      ingress('other', { rules: [rule('b.test', path('two', '/two'))] }),
    ]);
    expect([null, 'a.test', 'b.test'].map((host) => of(sites, host)?.fallback?.service ?? null)).toEqual([
      ...['rest', 'rest'],
      null,
    ]);
  });

  test('takes the certificate of the Secret that is named for a host, also by a wildcard of one label', () => {
    const hosts = ['a.test', 'b.a.test', 'c.b.a.test', 'd.test'];
    const { sites } = sitesOf([
      ingress('named', {
        rules: hosts.map((host) => rule(host, path('one', '/'))),
        more: { tls: [{ hosts: ['a.test', '*.a.test'], secretName: 'first' }] },
      }),
      ingress('own', { rules: [rule('d.test', path('one', '/d'))], more: { tls: [{ secretName: 'second' }] } }),
    ]);
    expect(hosts.map((host) => of(sites, host)?.tls?.secret ?? null)).toEqual(['first', 'first', null, 'second']);
  });

  test('leaves out what no request can ask for, and says so', () => {
    const { sites, problems } = sitesOf([
      ingress('odd', {
        rules: [
          rule('a.test; evil', path('one', '/')),
          rule('b.test', path('one', '/%0a'), path('one', '/%'), path('one', '/a%20b')),
        ],
      }),
    ]);
    expect(sites.map(({ host }) => host)).toEqual([null, 'b.test']);
    expect(led(of(sites, 'b.test'))).toEqual(['/a b one']);
    expect(problems).toHaveLength(3);
  });
});
