import { connect } from 'node:net';
import { once } from 'node:events';
import type { EngineContext, StepEngine } from '../domain/step-engine.ts';
import type { ProbeSpec } from '../domain/kinds/probe.ts';
import { probeEngine, type Sighting } from '../domain/probing.ts';
import { CLOCK } from '../clock.ts';
import { hostAndPort, type ServerConnection } from './server-url.ts';
import { whyNoAnswer } from './unreachable.ts';

export type TcpProbeSpec = Extract<ProbeSpec, { protocol: 'tcp' }>;

/** `probe` with protocol `tcp`: whether a connection is accepted. */
export function tcpProbeEngine(connection: ServerConnection): StepEngine<TcpProbeSpec> {
  return probeEngine(
    {
      label: () => {
        const { host, port } = hostAndPort(connection);
        return `tcp ${host.includes(':') ? `[${host}]` : host}:${port}`;
      },
      expects: () => ({ protocol: 'tcp' }),
      ask: (_spec, context, ms) => ask(connection, context, ms),
    },
    CLOCK,
  );
}

async function ask(connection: ServerConnection, { signal }: EngineContext, ms: number): Promise<Sighting> {
  const socket = connect(hostAndPort(connection));
  try {
    await once(socket, 'connect', { signal: AbortSignal.any([signal, AbortSignal.timeout(ms)]) });
    return { met: true, seen: 'accepted a connection' };
  } catch (error) {
    return { met: false, seen: whyNoAnswer(error) };
  } finally {
    socket.destroy();
  }
}
