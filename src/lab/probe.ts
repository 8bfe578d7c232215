import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import type { LabPaths } from './directory.ts';

export interface ProbeAnswer {
  readonly status: number;
  readonly text: string;
}

/** One request to a server of the lab. Throws what undici throws when nobody answers. */
export async function ask(url: string, dispatcher?: Agent): Promise<ProbeAnswer> {
  const answer = await request(url, {
    ...(dispatcher === undefined ? {} : { dispatcher }),
    headersTimeout: 5_000,
    bodyTimeout: 5_000,
  });
  return { status: answer.statusCode, text: await answer.body.text() };
}

/** Why the address does not answer with success, or undefined when it does. Never throws: no answer is a reason too. */
export async function probe(url: string, dispatcher?: Agent): Promise<string | undefined> {
  try {
    const { status } = await ask(url, dispatcher);
    return status < 300 ? undefined : `${url} answers ${status}`;
  } catch (error) {
    return `${url} does not answer: ${reasonOf(error)}`;
  }
}

/** A dispatcher that trusts the lab's own authority and shows the administrator's certificate. */
export function adminAgent(paths: LabPaths): Agent {
  const read = (name: string) => readFileSync(join(paths.pki, name), 'utf8');
  return new Agent({ connect: { ca: read('ca.crt'), cert: read('admin.crt'), key: read('admin.key') } });
}

/** The innermost text of an error: connection errors of several addresses arrive as an aggregate without one. */
export function reasonOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  if ('errors' in error && Array.isArray(error.errors)) return error.errors.map(reasonOf).join('; ');
  return 'message' in error && typeof error.message === 'string' ? error.message : 'unknown';
}
