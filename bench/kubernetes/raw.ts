import { readFileSync } from 'node:fs';
import { Pool, type Dispatcher } from 'undici';
import { parse } from 'yaml';

interface Kubeconfig {
  readonly clusters: readonly { readonly cluster: Readonly<Record<string, string>> }[];
  readonly users: readonly { readonly user: Readonly<Record<string, string>> }[];
}

/** Bare requests to the lab's API server, with nothing of our client: its kubeconfig holds one cluster and certificates. */
export class RawServer {
  readonly #pool: Pool;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(kubeconfig: string, connections: number) {
    const { clusters, users } = parse(readFileSync(kubeconfig, 'utf8')) as Kubeconfig;
    const [cluster, user] = [clusters[0]?.cluster ?? {}, users[0]?.user ?? {}];
    const decoded = (text = '') => Buffer.from(text, 'base64').toString();
    const connect = {
      ca: decoded(cluster['certificate-authority-data']),
      cert: decoded(user['client-certificate-data']),
      key: decoded(user['client-key-data']),
    };
    this.#pool = new Pool(cluster['server'] ?? '', { connect, connections });
    this.#headers = user['as'] === undefined ? {} : { 'impersonate-user': user['as'] };
  }

  /** Asks and throws the answer away, but for its status. */
  async ask(method: Dispatcher.HttpMethod, path: string, body?: string, contentType?: string): Promise<number> {
    const answer = await this.#pool.request({
      method,
      path,
      headers: { ...this.#headers, ...(contentType === undefined ? {} : { 'content-type': contentType }) },
      ...(body === undefined ? {} : { body }),
    });
    await answer.body.dump({ limit: Infinity });
    return answer.statusCode;
  }

  async close(): Promise<void> {
    await this.#pool.close();
  }
}
