import { WindlassFailure } from '../domain/failure.ts';

/** How a server is reached that is only asked whether it answers: the resolved address of a target. */
export interface ServerConnection {
  /** Any URL with a host; may hold user and password, so it is never shown as it is. */
  readonly url: string;
}

const PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443, 'postgres:': 5432, 'postgresql:': 5432 };

/** @throws WindlassFailure `ReferenceUnresolved` when it is not the URL of a server. */
export function serverUrl({ url }: ServerConnection): URL {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed !== null && parsed.hostname !== '') return parsed;
  throw new WindlassFailure('ReferenceUnresolved', 'The address of the target is not the URL of a server.', {
    object: 'url',
    next: 'Let the reference give a URL such as https://api.example.com:8443.',
  });
}

/** `host:port` of the server. @throws WindlassFailure as `hostAndPort`. */
export function addressOf(connection: ServerConnection): string {
  const { host, port } = hostAndPort(connection);
  return `${host}:${String(port)}`;
}

/** Host and port to connect to; the port follows from the scheme where the URL names none. */
export function hostAndPort(connection: ServerConnection): { readonly host: string; readonly port: number } {
  const url = serverUrl(connection);
  const port = url.port === '' ? PORTS[url.protocol] : Number(url.port);
  if (port === undefined) {
    throw new WindlassFailure('ReferenceUnresolved', `The address of the target names no port for ${url.hostname}.`, {
      object: 'url',
      next: 'Let the reference give a URL with a port.',
    });
  }
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port };
}
