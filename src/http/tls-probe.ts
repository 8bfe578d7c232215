import { once } from 'node:events';
import { isIP } from 'node:net';
import { checkServerIdentity, connect } from 'node:tls';
import { CLOCK } from '../clock.ts';
import type { ProbeSpec } from '../domain/kinds/probe.ts';
import { probeEngine, type Sighting } from '../domain/probing.ts';
import type { Asking } from '../domain/reading.ts';
import type { Resolved } from '../domain/reference.ts';
import type { StepEngine } from '../domain/step-engine.ts';
import { addressOf, hostAndPort, type ServerConnection } from './server-url.ts';
import { whyNoAnswer } from './unreachable.ts';

export type TlsProbeSpec = Resolved<Extract<ProbeSpec, { protocol: 'tls' }>>;

const DAY_MS = 86_400_000;

/** `probe` with protocol `tls`: whether the certificate is trusted, for the right names, and valid for long enough. */
export function tlsProbeEngine(connection: ServerConnection): StepEngine<TlsProbeSpec> {
  return probeEngine(
    {
      label: ({ serverName }) => `tls ${serverName === undefined ? '' : `${serverName} at `}${addressOf(connection)}`,
      expects: ({ names, daysLeft }) => ({ protocol: 'tls', names, daysLeft }),
      ask: (spec, context, ms) => ask(connection, spec, { ...context, ms }),
    },
    CLOCK,
  );
}

async function ask(
  connection: ServerConnection,
  { serverName, ca, names, daysLeft }: TlsProbeSpec,
  { resolve, signal, ms }: Asking & { readonly ms: number },
): Promise<Sighting> {
  const { host, port } = hostAndPort(connection);
  const name = serverName ?? host;
  const trusted = ca === undefined ? undefined : await resolve(ca);
  const within = AbortSignal.any([signal, AbortSignal.timeout(ms)]);
  const socket = connect({
    ...{ host, port, rejectUnauthorized: true },
    ...(trusted === undefined ? {} : { ca: trusted }),
    // An address is no name that may be asked for (RFC 6066); it is verified all the same.
    ...(isIP(name) === 0 ? { servername: name } : {}),
    checkServerIdentity: (_host, certificate) => checkServerIdentity(name, certificate),
  });
  try {
    await once(socket, 'secureConnect', { signal: within });
    const certificate = socket.getPeerCertificate();
    const others = names.filter((other) => checkServerIdentity(other, certificate) !== undefined);
    if (others.length > 0) return { met: false, seen: `has a certificate that is not for ${others.join(', ')}` };
    const left = Math.floor((Date.parse(certificate.valid_to) - Date.now()) / DAY_MS);
    return {
      met: left >= daysLeft,
      seen: `has a certificate that is valid for ${left} more days`,
      observed: { daysLeft: left },
    };
  } catch (error) {
    signal.throwIfAborted();
    return { met: false, seen: within.aborted ? 'did not answer in time' : whyNoAnswer(error) };
  } finally {
    socket.destroy();
  }
}
