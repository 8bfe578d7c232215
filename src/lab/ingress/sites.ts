import { read, readList, readText, readTexts } from '../../domain/json-fields.ts';
import type { Json } from '../../domain/json.ts';

/** Where an Ingress leads. */
export interface Backend {
  readonly namespace: string;
  /** Null for what is no Service. */
  readonly service: string | null;
  /** Name or number of the Service's port. */
  readonly port: string;
}

export interface Route {
  /** Decoded, as the path of a request is compared. A prefix has no slash at its end: that of everything is empty. */
  readonly path: string;
  readonly exact: boolean;
  readonly backend: Backend;
}

/** All that is declared of one host, by however many Ingresses. */
export interface Site {
  /** Null for every host that no other site has. One that begins with `*.` stands for each name one label longer. */
  readonly host: string | null;
  readonly routes: readonly Route[];
  /** For paths of which nothing is declared. */
  readonly fallback: Backend | null;
  /** The Secret with its certificate. */
  readonly tls: { readonly namespace: string; readonly secret: string } | null;
}

export interface Sites {
  /** That of every other host first. */
  readonly sites: readonly Site[];
  /** What is declared and does not hold, a sentence each. */
  readonly problems: readonly string[];
}

/** What a host may be, so that it can be written into a configuration as it is. */
const HOST = /^(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/;

/**
 * What Ingresses say together, as the API documents it: the paths of a host are merged, however many declare it; of two that
 * declare the same path the oldest wins.
 */
export function sitesOf(ingresses: readonly Json[]): Sites {
  const sites = new Map<string, Draft>();
  const problems: string[] = [];
  const siteOf = (host: string): Draft => {
    const site = sites.get(host) ?? new Draft(host === '' ? null : host);
    sites.set(host, site);
    return site;
  };
  siteOf('');
  for (const ingress of ingresses.toSorted(byAge)) {
    const name = nameOf(ingress);
    const others = backendOf(ingress, read(ingress, 'spec', 'defaultBackend'));
    if (others !== null) siteOf('').fallback ??= others;
    for (const rule of readList(ingress, 'spec', 'rules')) {
      const host = readText(rule, 'host') ?? '';
      if (host !== '' && !HOST.test(host)) {
        problems.push(`Ingress ${name}: ${JSON.stringify(host)} is no host.`);
        continue;
      }
      const site = siteOf(host);
      if (others !== null) site.fallback ??= others;
      for (const path of readList(rule, 'http', 'paths')) {
        const problem = site.add(ingress, path);
        if (problem !== null) problems.push(`Ingress ${name}: ${problem}`);
      }
    }
  }
  for (const ingress of ingresses.toSorted(byAge)) giveCertificates(ingress, sites);
  return { sites: [...sites.values()], problems };
}

class Draft implements Site {
  readonly host: string | null;
  readonly routes: Route[] = [];
  fallback: Backend | null = null;
  tls: Site['tls'] = null;
  /** Which Ingress declared a path first. */
  readonly #by = new Map<string, string>();

  constructor(host: string | null) {
    this.host = host;
  }

  /** @returns what is wrong, as the rest of a sentence about the Ingress. */
  add(ingress: Json, declared: Json): string | null {
    const written = readText(declared, 'path') ?? '/';
    const exact = readText(declared, 'pathType') === 'Exact';
    const backend = backendOf(ingress, read(declared, 'backend'));
    const path = decoded(written);
    if (path === null || backend === null) return `the path ${JSON.stringify(written)} cannot be compared with any.`;
    const route: Route = { path: exact ? path : path.replace(/\/$/, ''), exact, backend };
    const key = `${exact ? 'exact' : 'prefix'} ${route.path}`;
    const first = this.#by.get(key);
    if (first !== undefined)
      return `${this.host ?? 'every other host'}${written} is declared by ${first} already, which is older.`;
    this.#by.set(key, `Ingress ${nameOf(ingress)}`);
    this.routes.push(route);
    return null;
  }
}

function giveCertificates(ingress: Json, sites: ReadonlyMap<string, Draft>): void {
  const own = readList(ingress, 'spec', 'rules').map((rule) => readText(rule, 'host') ?? '');
  for (const entry of readList(ingress, 'spec', 'tls')) {
    const secret = readText(entry, 'secretName');
    if (secret === undefined) continue;
    const named = readTexts(entry, 'hosts');
    for (const site of sites.values()) {
      const { host } = site;
      if (host === null || site.tls !== null) continue;
      const isFor = named.length === 0 ? own.includes(host) : named.some((pattern) => covers(pattern, host));
      if (isFor) site.tls = { namespace: readText(ingress, 'metadata', 'namespace') ?? '', secret };
    }
  }
}

/** Whether a name of a certificate is for a host: `*` stands for one label. */
function covers(pattern: string, host: string): boolean {
  return pattern === host || (pattern.startsWith('*.') && host.slice(host.indexOf('.')) === pattern.slice(1));
}

function backendOf(ingress: Json, backend: Json | undefined): Backend | null {
  if (backend === undefined) return null;
  const port = read(backend, 'service', 'port', 'number') ?? read(backend, 'service', 'port', 'name') ?? '';
  return {
    namespace: readText(ingress, 'metadata', 'namespace') ?? '',
    service: readText(backend, 'service', 'name') ?? null,
    port: typeof port === 'number' || typeof port === 'string' ? String(port) : '',
  };
}

/** A path as requests are compared with it; null for one that no request can have. */
function decoded(path: string): string | null {
  try {
    const text = decodeURIComponent(path);
    // No request has control characters in its path, and no configuration may have them.
    return text.startsWith('/') && !/[\x00-\x1f\x7f]/.test(text) ? text : null;
  } catch {
    return null;
  }
}

/** The oldest first; of the same second, by name. */
function byAge(a: Json, b: Json): number {
  const [left, right] = [a, b].map((one) => `${readText(one, 'metadata', 'creationTimestamp') ?? ''} ${nameOf(one)}`);
  return (left ?? '') < (right ?? '') ? -1 : 1;
}

function nameOf(ingress: Json): string {
  return `${readText(ingress, 'metadata', 'namespace') ?? ''}/${readText(ingress, 'metadata', 'name') ?? ''}`;
}
