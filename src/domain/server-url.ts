import { WindlassFailure } from './failure.ts';

/**
 * The endpoint of an object store as a URL.
 *
 * @throws WindlassFailure `ReferenceUnresolved` when it is not the http(s) URL of a server, with nothing but a port. Its
 *   text is not repeated: it may hold a password.
 */
export function serverUrl(endpoint: string): URL {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : null;
  const plain = url !== null && url.username === '' && url.password === '' && url.pathname === '/' && url.search === '';
  if (url === null || !plain || !['http:', 'https:'].includes(url.protocol)) {
    throw new WindlassFailure('ReferenceUnresolved', 'The endpoint of the object store is not the URL of a server.', {
      object: 'endpoint',
      next: 'Let the reference of the endpoint give a URL such as https://s3.example.com:9000, without path or user.',
    });
  }
  return url;
}

/** `host:port` of an http(s) URL, an IPv6 host in brackets; the port follows from the scheme where the URL names none. */
export function addressOfUrl({ hostname, port, protocol }: URL): string {
  return `${hostname}:${port === '' ? (protocol === 'http:' ? '80' : '443') : port}`;
}
