import { request, type Dispatcher } from 'undici';
import type { EngineContext, StepEngine } from '../domain/step-engine.ts';
import type { ProbeSpec } from '../domain/kinds/probe.ts';
import { probeEngine, type Sighting } from '../domain/probing.ts';
import { CLOCK } from '../clock.ts';
import { basicAuth } from './credentials.ts';
import { serverUrl, type ServerConnection } from './server-url.ts';
import { whyNoAnswer } from './unreachable.ts';

export type HttpProbeSpec = Extract<ProbeSpec, { protocol: 'http' }>;

/** How much of a body is looked at for `contains`, in bytes. */
const LONGEST_BODY = 1024 * 1024;

/** `probe` with protocol `http`: a GET, without following redirects. */
export function httpProbeEngine(connection: ServerConnection): StepEngine<HttpProbeSpec> {
  return probeEngine(
    {
      label: (spec) => `GET ${shownAddress(connection, spec)}`,
      expects: ({ status, contains = null }) => ({ protocol: 'http', status, contains }),
      ask: (spec, context, ms) => ask(connection, spec, context, ms),
    },
    CLOCK,
  );
}

async function ask(
  connection: ServerConnection,
  spec: HttpProbeSpec,
  { signal }: EngineContext,
  ms: number,
): Promise<Sighting> {
  try {
    const response = await request(address(connection, spec), {
      headers: basicAuth(serverUrl(connection)),
      reset: true,
      signal: AbortSignal.any([signal, AbortSignal.timeout(ms)]),
    });
    const status = response.statusCode;
    const contained = await contains(response, spec.contains);
    const seen = `answered ${status}${contained ? '' : ' without the expected text'}`;
    return { met: status === spec.status && contained, seen, observed: { status } };
  } catch (error) {
    return { met: false, seen: whyNoAnswer(error) };
  }
}

async function contains({ body }: Dispatcher.ResponseData, text: string | undefined): Promise<boolean> {
  if (text === undefined) {
    await body.dump();
    return true;
  }
  let read = '';
  const decoder = new TextDecoder();
  for await (const chunk of body) {
    read += decoder.decode(chunk as Buffer, { stream: true });
    if (read.includes(text)) return true;
    if (read.length > LONGEST_BODY) break;
  }
  return false;
}

/**
 * The address as it is shown: the host, and the path of the spec as it is declared. The path and query that the reference
 * of the target gives may be a token (`https://hooks.example/T0/B0/XyZ`), so `…` stands for them.
 */
function shownAddress(connection: ServerConnection, { path }: HttpProbeSpec): string {
  const { protocol, host, pathname, search } = serverUrl(connection);
  const hidden = pathname.replace(/\/$/, '') !== '' || search !== '';
  return `${protocol}//${host}${hidden ? '/…' : ''}${path}`;
}

/** The path of the spec after that of the target's address, without user and password. */
function address(connection: ServerConnection, { path }: HttpProbeSpec): URL {
  const base = serverUrl(connection);
  return new URL(`${base.protocol}//${base.host}${base.pathname.replace(/\/$/, '')}${path}`);
}
