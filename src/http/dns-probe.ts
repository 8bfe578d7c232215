import { lookup, Resolver } from 'node:dns/promises';
import { CLOCK } from '../clock.ts';
import type { ProbeSpec } from '../domain/kinds/probe.ts';
import { probeEngine, type Sighting } from '../domain/probing.ts';
import type { Asking } from '../domain/reading.ts';
import type { StepEngine } from '../domain/step-engine.ts';
import type { NameServer } from './name-server.ts';
import { codeOf } from './unreachable.ts';

export type DnsProbeSpec = Extract<ProbeSpec, { protocol: 'dns' }>;

/** `probe` with protocol `dns`: whether names have the records that they should have. */
export function dnsProbeEngine(server: NameServer): StepEngine<DnsProbeSpec> {
  return probeEngine(
    {
      label: ({ names, type }) =>
        `dns ${type} of ${names.join(', ')} by ${server.address ?? 'the resolver of the system'}`,
      expects: ({ names, type, records, exactly }) => ({ protocol: 'dns', names, type, records, exactly }),
      ask: (spec, context, ms) => ask(server, spec, { ...context, ms }),
    },
    CLOCK,
  );
}

async function ask(
  server: NameServer,
  { names, type, records, exactly }: DnsProbeSpec,
  { signal, ms }: Asking & { readonly ms: number },
): Promise<Sighting> {
  const found: Record<string, readonly string[]> = {};
  const within = AbortSignal.any([signal, AbortSignal.timeout(ms)]);
  const expected = records.map((record) => normal(record, type));
  for (const name of names) {
    const has = await resolved(server, name, type, within, ms);
    signal.throwIfAborted();
    if ('why' in has) return { met: false, seen: `says that ${name} ${has.why}` };
    const normals = has.records.map((record) => normal(record, type));
    found[name] = normals.toSorted();
    const missing = expected.filter((record) => !normals.includes(record));
    if (missing.length > 0)
      return { met: false, seen: `says that ${name} has no ${missing.join(', ')}`, observed: found };
    const more = normals.filter((record) => !expected.includes(record));
    if (exactly && more.length > 0)
      return { met: false, seen: `says that ${name} has ${more.join(', ')} too`, observed: found };
  }
  return { met: true, seen: `has the records of ${names.join(', ')}`, observed: found };
}

type Found = { readonly records: readonly string[] } | { readonly why: string };

async function resolved(
  server: NameServer,
  name: string,
  type: DnsProbeSpec['type'],
  signal: AbortSignal,
  ms: number,
): Promise<Found> {
  const resolver = new Resolver({ timeout: ms, tries: 1 });
  if (server.address !== null) resolver.setServers([server.address]);
  const ended = Promise.withResolvers<never>();
  const end = () => {
    resolver.cancel();
    ended.reject(signal.reason as Error);
  };
  signal.addEventListener('abort', end, { once: true });
  try {
    signal.throwIfAborted();
    const records = await Promise.race([recordsOf(resolver, server, name, type), ended.promise]);
    return records.length === 0 ? { why: `has no ${type} records` } : { records };
  } catch (error) {
    return { why: signal.aborted ? 'cannot be told in time' : whyUnresolved(error, type) };
  } finally {
    signal.removeEventListener('abort', end);
  }
}

async function recordsOf(
  resolver: Resolver,
  server: NameServer,
  name: string,
  type: DnsProbeSpec['type'],
): Promise<readonly string[]> {
  switch (type) {
    case 'A':
    case 'AAAA':
      // As programs of this machine resolve names: its hosts file counts.
      if (server.address === null)
        return (await lookup(name, { all: true, family: type === 'A' ? 4 : 6 })).map(({ address }) => address);
      return type === 'A' ? resolver.resolve4(name) : resolver.resolve6(name);
    case 'CNAME':
      return resolver.resolveCname(name);
    case 'NS':
      return resolver.resolveNs(name);
    case 'TXT':
      return (await resolver.resolveTxt(name)).map((pieces) => pieces.join(''));
    case 'MX':
      return (await resolver.resolveMx(name)).map(({ priority, exchange }) => `${priority} ${exchange}`);
    case 'SRV':
      return (await resolver.resolveSrv(name)).map(
        ({ priority, weight, port, name: host }) => `${priority} ${weight} ${port} ${host}`,
      );
  }
}

/** Names are written with and without a last dot, and in letters of any case; texts count as they are. */
function normal(record: string, type: DnsProbeSpec['type']): string {
  return type === 'TXT' ? record : record.toLowerCase().replace(/\.$/, '');
}

const UNRESOLVED: Readonly<Record<string, string>> = {
  ENOTFOUND: 'does not exist',
  ECONNREFUSED: 'cannot be told: the name server refused the connection',
  ETIMEOUT: 'cannot be told in time',
  ECANCELLED: 'cannot be told in time',
  ESERVFAIL: 'cannot be told: the name server failed',
  EREFUSED: 'cannot be told: the name server refuses to answer',
  EAI_AGAIN: 'cannot be told: the name server does not answer',
};

function whyUnresolved(error: unknown, type: string): string {
  const code = codeOf(error);
  if (code === 'ENODATA') return `has no ${type} records`;
  return UNRESOLVED[code] ?? `cannot be told (${code === '' ? 'unknown' : code})`;
}
