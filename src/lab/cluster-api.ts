import { request } from 'undici';
import type { Agent } from 'undici';
import { parseJson, type Json, type JsonObject } from '../domain/json.ts';
import { jsonIn, readText } from '../domain/json-fields.ts';
import { LabFailure } from './failure.ts';

/** How a body is to be taken. */
type BodyKind = 'json' | 'strategic-merge-patch+json' | 'merge-patch+json';

interface Question {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly body?: JsonObject;
  readonly kind?: BodyKind;
}

/** An answer of the API server, whatever it is. */
export interface ClusterAnswer {
  readonly status: number;
  readonly body: Json;
}

/** The API server of a lab, asked by the path. */
export class ClusterApi {
  readonly address: string;
  readonly #agent: Agent;

  constructor(address: string, agent: Agent) {
    this.address = address;
    this.#agent = agent;
  }

  /** @throws what undici throws when nobody answers. What is refused is an answer too. */
  async send(path: string, { method, body, kind = 'json' }: Question): Promise<ClusterAnswer> {
    const answer = await request(`${this.address}${path}`, {
      dispatcher: this.#agent,
      method,
      headers: { accept: 'application/json', 'content-type': `application/${kind}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.body.text();
    return { status: answer.statusCode, body: jsonIn(text) ?? text };
  }

  /** @returns null when there is none. @throws LabFailure when it is refused; what undici throws when nobody answers. */
  async get(path: string): Promise<Json | null> {
    const answer = await this.send(path, { method: 'GET' });
    return answer.status === 404 ? null : accepted(answer, path);
  }

  /**
   * Everything that there is at a path, an event of type BOOKMARK, then every change; ends when the server closes it.
   *
   * @throws LabFailure when it is refused; what undici throws when nobody answers or the connection breaks.
   */
  async *watch(path: string): AsyncGenerator<Json> {
    const query = 'watch=1&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan';
    const answer = await request(`${this.address}${path}${path.includes('?') ? '&' : '?'}${query}`, {
      dispatcher: this.#agent,
      headers: { accept: 'application/json' },
      bodyTimeout: 0,
    });
    if (answer.statusCode >= 300)
      accepted({ status: answer.statusCode, body: jsonIn(await answer.body.text()) ?? null }, path);
    const decoder = new TextDecoder();
    let rest = '';
    for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) yield parseJson(line);
    }
  }
}

/** What was answered. @throws LabFailure when that is a refusal. */
export function accepted({ status, body }: ClusterAnswer, object: string): Json {
  if (status < 300) return body;
  throw new LabFailure(
    `The API server refused it with ${status}: ${(readText(body, 'message') ?? '').slice(0, 500)}`,
    object,
    'Look at `windlass lab logs kube-apiserver`.',
  );
}
