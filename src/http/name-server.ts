import { isIP } from 'node:net';
import { WindlassFailure } from '../domain/failure.ts';

const PORT = 53;

/** How names are resolved: by the name server at an address, `HOST:PORT`; by the system where there is none. */
export interface NameServer {
  readonly address: string | null;
}

/**
 * The name server that the reference of a target gives: an IP address, and a port.
 *
 * @throws WindlassFailure `ReferenceUnresolved`; the text is not repeated.
 */
export function nameServerAt(text: string): { readonly address: string } {
  const given = text.trim();
  const bare = isIP(given) === 6 ? given : null;
  const [, bracketed, plain, written = String(PORT)] = /^(?:\[(.+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(given) ?? [];
  const host = bare ?? bracketed ?? plain ?? '';
  const port = bare === null ? Number(written) : PORT;
  if (isIP(host) === 0 || port < 1 || port > 65_535) {
    throw new WindlassFailure('ReferenceUnresolved', 'The address of the name server is no IP address.', {
      object: 'server',
      next: 'Let the reference give an IP address, with a port where it is not 53, such as 10.0.0.2:5353.',
    });
  }
  return { address: isIP(host) === 6 ? `[${host}]:${String(port)}` : `${host}:${String(port)}` };
}
