import { once } from 'node:events';
import { isIP } from 'node:net';
import { checkServerIdentity, connect } from 'node:tls';
import { CLOCK } from '../clock.ts';
import type { ProbeSpec } from '../domain/kinds/probe.ts';
import { probeEngine, type Sighting } from '../domain/probing.ts';
import type { Asking } from '../domain/reading.ts';
import type { Resolved } from '../domain/reference.ts';
import { valueAt, type SecretReader } from '../domain/secret-place.ts';
import type { StepEngine } from '../domain/step-engine.ts';
import { addressOf, hostAndPort, type ServerConnection } from './server-url.ts';
import { whyNoAnswer } from './unreachable.ts';

export type TlsProbeSpec = Resolved<Extract<ProbeSpec, { protocol: 'tls' }>>;

const DAY_MS = 86_400_000;

/** What one host's certificate came to: how many days it is valid for, or what is wrong. */
type Seen = { readonly daysLeft: number } | { readonly wrong: string };

/**
 * `probe` with protocol `tls`: whether the certificate of each host is trusted, for the right names, and valid for long enough.
 *
 * @param secrets reads whom to trust where that is in a Secret of a cluster.
 */
export function tlsProbeEngine(
  connection: ServerConnection,
  secrets: SecretReader = () => Promise.resolve(null),
): StepEngine<TlsProbeSpec> {
  return probeEngine(
    {
      label: (spec) => `tls ${askedFor(spec)}${addressOf(connection)}`,
      expects: ({ serverNames, names, daysLeft }) => ({
        protocol: 'tls',
        ...(serverNames === undefined ? {} : { serverNames }),
        ...{ names, daysLeft },
      }),
      ask: (spec, context, ms) => ask(connection, spec, secrets, { ...context, ms }),
    },
    CLOCK,
  );
}

function askedFor({ serverName, serverNames }: TlsProbeSpec): string {
  if (serverNames !== undefined) return `${String(serverNames.length)} hosts at `;
  return serverName === undefined ? '' : `${serverName} at `;
}

async function ask(
  connection: ServerConnection,
  { serverName, serverNames, ca, names, daysLeft }: TlsProbeSpec,
  secrets: SecretReader,
  asking: Asking & { readonly ms: number },
): Promise<Sighting> {
  const within = AbortSignal.any([asking.signal, AbortSignal.timeout(asking.ms)]);
  const trusted = ca === undefined ? undefined : await valueAt(ca, secrets, asking);
  const hosts = serverNames ?? [serverName ?? hostAndPort(connection).host];
  const seen = await Promise.all(hosts.map((name) => certificateOf(connection, { name, trusted, names, within })));
  asking.signal.throwIfAborted();
  const least = Math.min(...seen.flatMap((one) => ('daysLeft' in one ? one.daysLeft : [])));
  const observed = least === Infinity ? {} : { observed: { daysLeft: least } };
  const faults = seen.flatMap((one, index) => {
    if ('daysLeft' in one && one.daysLeft >= daysLeft) return [];
    // Of one host alone it goes without saying which.
    return `${serverNames === undefined ? '' : `${hosts[index] ?? ''} `}${words(one)}`;
  });
  if (faults.length > 0) return { met: false, seen: faults.join('; '), ...observed };
  return { met: true, seen: words({ daysLeft: least }), ...observed };
}

function words(seen: Seen): string {
  return 'wrong' in seen ? seen.wrong : `has a certificate that is valid for ${String(seen.daysLeft)} more days`;
}

/** Asks for one host, by a connection of its own. */
async function certificateOf(
  connection: ServerConnection,
  {
    name,
    trusted,
    names,
    within,
  }: {
    readonly name: string;
    readonly trusted: string | undefined;
    readonly names: readonly string[];
    readonly within: AbortSignal;
  },
): Promise<Seen> {
  const socket = connect({
    ...hostAndPort(connection),
    rejectUnauthorized: true,
    ...(trusted === undefined ? {} : { ca: trusted }),
    // An address is no name that may be asked for (RFC 6066); it is verified all the same.
    ...(isIP(name) === 0 ? { servername: name } : {}),
    checkServerIdentity: (_host, certificate) => checkServerIdentity(name, certificate),
  });
  try {
    await once(socket, 'secureConnect', { signal: within });
    const certificate = socket.getPeerCertificate();
    const others = names.filter((other) => checkServerIdentity(other, certificate) !== undefined);
    if (others.length > 0) return { wrong: `has a certificate that is not for ${others.join(', ')}` };
    return { daysLeft: Math.floor((Date.parse(certificate.valid_to) - Date.now()) / DAY_MS) };
  } catch (error) {
    return { wrong: within.aborted ? 'did not answer in time' : whyNoAnswer(error) };
  } finally {
    socket.destroy();
  }
}
