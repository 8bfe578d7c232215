import { filesOf } from '../postgres/support/files.ts';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { readText } from '../../src/domain/json-fields.ts';
import type { Json } from '../../src/domain/json.ts';
import { probe, type ProbeSpec } from '../../src/domain/kinds/probe.ts';
import type { Reference } from '../../src/domain/reference.ts';
import type { EngineContext, StepEngine } from '../../src/domain/step-engine.ts';

const open: Server[] = [];

/** `host:port` of a server on loopback that `closeAll` ends. */
export async function serving(server: Server): Promise<string> {
  open.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

/** The same for one that speaks HTTP. */
export function listening(answer: RequestListener): Promise<string> {
  return serving(createServer(answer));
}

/** An HTTP server that answers everything with this. */
export function answering(body: string, status = 200): Promise<string> {
  return listening((_, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  });
}

export async function closeAll(): Promise<void> {
  for (const server of open.splice(0)) {
    server.close();
    if ('closeAllConnections' in server) (server.closeAllConnections as () => void).call(server);
    await once(server, 'close');
  }
}

/** A spec that has a minute: long enough for an answer on a busy machine. */
export function specOf<P extends ProbeSpec['protocol']>(
  protocol: P,
  more: Readonly<Record<string, unknown>>,
): Extract<ProbeSpec, { protocol: P }> {
  return probe.parse({ within: '1m', ...more, protocol }) as Extract<ProbeSpec, { protocol: P }>;
}

/** With values for `{ fromEnv: NAME }`. */
export function contextWith(values: Readonly<Record<string, string>> = {}): EngineContext {
  return {
    files: filesOf({}),
    signal: new AbortController().signal,
    progress: () => undefined,
    resolve: (reference: Reference) =>
      'fromEnv' in reference && values[reference.fromEnv] !== undefined
        ? Promise.resolve(values[reference.fromEnv] ?? '')
        : Promise.reject(new Error('there is no such value')),
    owner: { rollout: 'r', environment: 'e', bundle: 'b', run: '1', phase: 'p', step: 's' },
  };
}

/** What a promise is rejected with. */
export function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => new Error('it did not fail'),
    (error: unknown) => error,
  );
}

/** What a probe that is not met says of its first try; then it is given up, however long it would ask. */
export async function seenBy<Spec>(engine: StepEngine<Spec>, spec: Spec, context = contextWith()): Promise<string> {
  const giveUp = new AbortController();
  const { promise: missed, resolve } = Promise.withResolvers<string>();
  const progress = (state: Json): void => {
    resolve(readText(state, 'seen') ?? '');
  };
  const verified = engine.verify(spec, { ...context, signal: giveUp.signal, progress });
  const met = verified.then(() => 'was met');
  try {
    return await Promise.race([missed, met]);
  } finally {
    giveUp.abort(new Error('given up'));
    await met.catch(() => undefined);
  }
}
