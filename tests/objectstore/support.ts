import { filesOf } from '../postgres/support/files.ts';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { EngineContext } from '../../src/domain/step-engine.ts';
import { s3Client, type S3Connection } from '../../src/objectstore/client.ts';
import { exchange } from '../../src/objectstore/exchange.ts';
import { childrenOf, parseXml, textOf } from '../../src/objectstore/xml.ts';
import { labVariable, type Variables } from '../support/settings.ts';

export const SECRET = 'wJalrXUtnFEMI-K7MDENG-bPxRfiCYSCRATCHKEY';

/** A context as activities give it, without files and references. */
export function engineContext(more: Partial<EngineContext> = {}): EngineContext {
  return {
    files: filesOf({}),
    signal: new AbortController().signal,
    progress: () => undefined,
    resolve: () => Promise.reject(new Error('a bucket step resolves no reference')),
    owner: { rollout: 'r', environment: 'e', bundle: 'b', run: 'run', phase: 'p', step: 's' },
    ...more,
  };
}

export function connectionTo(port: number, more: Partial<S3Connection> = {}): S3Connection {
  return {
    endpoint: `http://127.0.0.1:${String(port)}`,
    region: 'us-east-1',
    accessKey: 'scratch',
    secretKey: SECRET,
    pathStyle: true,
    ...more,
  };
}

export interface Listening extends AsyncDisposable {
  readonly port: number;
}

/** Listens on a free loopback port until disposed of. */
export async function listening(server: Server): Promise<Listening> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** An HTTP server that answers as a listener says. */
export function answering(listener: RequestListener): Promise<Listening> {
  return listening(createServer(listener));
}

/** An HTTP server that refuses everything with one S3 error; a HEAD without a body, as real ones do. */
export function refusing(status: number, code: string): Promise<Listening> {
  const body =
    `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>text with ${SECRET}</Message>` +
    `<StringToSign>${SECRET}</StringToSign></Error>`;
  return answering((request, response) => {
    response.writeHead(status, { 'content-type': 'application/xml' });
    response.end(request.method === 'HEAD' ? undefined : body);
  });
}

/** The object store of a lab, by default of the one that all tests share. */
export function labStore(env: Variables = process.env): S3Connection {
  return {
    endpoint: labVariable('WINDLASS_LAB_S3_ENDPOINT', env),
    region: 'us-east-1',
    accessKey: labVariable('WINDLASS_LAB_S3_ACCESS_KEY', env),
    secretKey: labVariable('WINDLASS_LAB_S3_SECRET_KEY', env),
    pathStyle: true,
  };
}

/** Removes a bucket with every version of everything in it; one that is not there is removed already. */
export async function removeWhole(connection: S3Connection, bucket: string): Promise<void> {
  const client = s3Client(connection);
  if (!(await client.bucketExists(bucket))) return;
  for (;;) {
    const { body } = await exchange(client, { method: 'GET', bucket, query: 'versions' });
    const page = parseXml(body.toString(), 'ListVersionsResult');
    const found = [...childrenOf(page, 'Version'), ...childrenOf(page, 'DeleteMarker')];
    if (found.length === 0) break;
    await Promise.all(
      found.map((version) =>
        client.removeObject(bucket, textOf(version, 'Key'), { versionId: textOf(version, 'VersionId') }),
      ),
    );
  }
  await client.removeBucket(bucket);
}
