import type { IncomingMessage } from 'node:http';
import { jsonIn } from '../../domain/json-fields.ts';
import type { Json } from '../../domain/json.ts';
import { REFUSED } from './refusal.ts';

/** More than any definition has, in bytes. */
const LONGEST = 16 * 1024 * 1024;

/** Who is logged in. */
export interface User {
  readonly id: number;
  readonly userName: string;
}

/** A request, as far as the API looks at it. */
export interface Asked {
  readonly user: User;
  /** What stands in the path, by the names of the route. */
  readonly path: Readonly<Record<string, string>>;
  /** A field of query or form; empty where there is none. */
  text(name: string): string;
  /** One that must be there. @throws Refusal */
  required(name: string): string;
  /** The JSON of a field. @throws Refusal when it is none. */
  json(name: string): Json;
  /** The body as it came: a document, or a form with files. */
  readonly body: string;
}

/**
 * The body of a request.
 *
 * @throws Refusal when it is too long; what the connection throws when it breaks.
 */
export async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LONGEST) throw REFUSED.parameter();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

export function asked(query: URLSearchParams, type: string, body: string, rest: Pick<Asked, 'user' | 'path'>): Asked {
  const form = type.startsWith('application/x-www-form-urlencoded') ? new URLSearchParams(body) : new URLSearchParams();
  const text = (name: string): string => form.get(name) ?? query.get(name) ?? '';
  return {
    ...rest,
    body,
    text,
    required: (name) => {
      const value = text(name);
      if (value === '') throw REFUSED.parameter();
      return value;
    },
    json: (name) => {
      const value = jsonIn(text(name));
      if (value === undefined) throw REFUSED.parameter();
      return value;
    },
  };
}

/** The content of the first file of a multipart body; empty when there is none. */
export function fileIn(body: string): string {
  const boundary = /^--[^\r\n]+/.exec(body)?.[0];
  if (boundary === undefined) return '';
  const part = body.split(boundary).find((one) => one.includes('filename='));
  const begin = part?.indexOf('\r\n\r\n') ?? -1;
  return part === undefined || begin < 0 ? '' : part.slice(begin + 4).replace(/\r\n$/, '');
}

/** One page of a list, as every paged answer is. */
export function paged(all: readonly Json[], asking: Asked): Json {
  const pageNo = Number(asking.required('pageNo'));
  const pageSize = Number(asking.required('pageSize'));
  if (!(pageNo >= 1) || !(pageSize >= 1)) throw REFUSED.parameter();
  const start = (pageNo - 1) * pageSize;
  return {
    totalList: all.slice(start, start + pageSize),
    total: all.length,
    totalPage: Math.ceil(all.length / pageSize),
    pageSize,
    currentPage: pageNo,
    start,
  };
}
