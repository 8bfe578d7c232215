import { Pool } from 'undici';
import { LIMITS } from '../../domain/limits.ts';
import type { TlsOptions } from './credentials.ts';

const ANSWER_MS = LIMITS.clusterTime.most;
/** The answer to a watch begins at once. */
const WATCH_MS = 30_000;
/** With the 10 probes, 1 s apart, that follow, a peer that is gone is noticed within 25 s of silence. */
const KEEP_ALIVE_MS = 15_000;
/** As many as `AdaptiveLimit` ever lets go; they are opened when they are needed. */
const CONNECTIONS = 64;

/** The connections to one server under one set of certificates. Why HTTP/1.1: docs/decisions/0010-http-1.1.md. */
export class Pools {
  readonly tls: TlsOptions;
  readonly requests: Pool;
  /** Watches hold their connection for as long as they last and must not starve requests. */
  readonly streams: Pool;

  /** @param silenceMs how long a watch may say nothing, not even that it is over, before it counts as broken. */
  constructor(origin: string, tls: TlsOptions, silenceMs: number) {
    this.tls = tls;
    const connect = { ...tls, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS, timeout: 10_000 };
    const common = { connect, allowH2: false, keepAliveTimeout: 30_000 };
    this.requests = new Pool(origin, {
      ...common,
      connections: CONNECTIONS,
      headersTimeout: ANSWER_MS,
      bodyTimeout: ANSWER_MS,
    });
    this.streams = new Pool(origin, { ...common, headersTimeout: WATCH_MS, bodyTimeout: silenceMs });
  }

  /** Lets what is under way come to its end. */
  async retire(): Promise<void> {
    await Promise.all([this.requests.close(), this.streams.close()]);
  }

  async destroy(): Promise<void> {
    await Promise.all([this.requests.destroy(), this.streams.destroy()]);
  }
}
