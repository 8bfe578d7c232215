import type { KubeConfig } from '@kubernetes/client-node';
import type { RequestOptions } from 'node:https';
import { WindlassFailure } from '../../domain/failure.ts';
import { OverLimit } from '../../domain/limit.ts';
import { LIMITS } from '../../domain/limits.ts';

export type TlsOptions = Pick<
  RequestOptions,
  'ca' | 'cert' | 'key' | 'pfx' | 'passphrase' | 'rejectUnauthorized' | 'servername'
>;

/** Who we are to a cluster, as of now. */
export interface Credentials {
  /** Authorization and impersonation. */
  readonly headers: Readonly<Record<string, string>>;
  /** The same object for as long as nothing in it changes: connections made with it can be kept. */
  readonly tls: TlsOptions;
}

/** Files and plugins are asked again after this time. */
const REMEMBER_MS = 30_000;

/**
 * Credentials that are read again: token and certificate files when they change, plugins when what they gave expires,
 * and all of them when the server did not accept them.
 */
export class RenewedCredentials {
  readonly #load: () => KubeConfig;
  readonly #address: string;
  readonly #now: () => number;
  #config: KubeConfig;
  #current: Credentials | undefined;
  #until = 0;
  #renewing: Promise<Credentials> | undefined;

  /**
   * @param load reads the kubeconfig anew, without what its authenticators remember.
   * @param address of the server, for words of failure.
   */
  constructor(load: () => KubeConfig, address: string, now: () => number = Date.now) {
    this.#load = load;
    this.#address = address;
    this.#now = now;
    this.#config = load();
  }

  /**
   * @param refused credentials that the server did not accept; nothing that led to them is used again.
   * @throws WindlassFailure `AccessDenied` without what the plugin printed; `LimitExceeded` for one that does not end.
   */
  async get(refused?: Credentials): Promise<Credentials> {
    const current = this.#current;
    if (current !== undefined && current !== refused && this.#now() < this.#until) return current;
    // Many requests are refused at once: the plugin runs once for all of them.
    this.#renewing ??= this.#renew(current !== undefined && current === refused).finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  async #renew(fromScratch: boolean): Promise<Credentials> {
    const options: RequestOptions = {};
    try {
      if (fromScratch) this.#config = this.#load();
      await inTime(this.#config.applyToHTTPSOptions(options));
    } catch (error) {
      // Said by name: the plugin itself goes on, and cannot be ended from here.
      if (error instanceof OverLimit) throw error;
      throw new WindlassFailure(
        'AccessDenied',
        `The credentials for the cluster at ${this.#address} could not be read.`,
        {
          object: `cluster ${this.#address}`,
          next: 'Check that the files and the plugin named by the user of the kubeconfig exist here and work.',
        },
      );
    }
    const tls = tlsOf(options);
    const kept = JSON.stringify(this.#current?.tls) === JSON.stringify(tls) ? this.#current?.tls : undefined;
    this.#current = { headers: headersOf(options), tls: kept ?? tls };
    this.#until = this.#now() + REMEMBER_MS;
    return this.#current;
  }
}

/** @throws WindlassFailure `LimitExceeded`; what `work` throws. */
async function inTime(work: Promise<unknown>): Promise<void> {
  const late = Promise.withResolvers<never>();
  const limit = LIMITS.credentialPlugin;
  const timer = setTimeout(() => {
    late.reject(new OverLimit(limit, 'The credentials plugin of the kubeconfig', 'kubeconfig'));
  }, limit.most);
  try {
    await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function headersOf(options: RequestOptions): Record<string, string> {
  const headers: Record<string, string> = {};
  // Files of tokens end with a line feed, which no header may have.
  for (const [name, value] of Object.entries(options.headers ?? {})) headers[name] = String(value).trim();
  if (typeof options.auth === 'string') headers.Authorization = `Basic ${Buffer.from(options.auth).toString('base64')}`;
  return headers;
}

function tlsOf(options: RequestOptions): TlsOptions {
  const { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername } = options;
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(pfx === undefined ? {} : { pfx }),
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
    ...(servername === undefined ? {} : { servername }),
  };
}
