import type { Json } from '../../domain/json.ts';
import { isObject, jsonIn, readList, readNumber, readObject, readText } from '../../domain/json-fields.ts';

/** The API server's own description of a failure (`kind: Status`), as far as we use it. */
export interface ApiStatus {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  /** Name and resource that the status is about, when it is about one object. */
  readonly name: string;
  readonly resource: string;
  readonly causes: readonly { readonly reason: string; readonly message: string; readonly field: string }[];
}

/** Reads the body of a refused request; what is not a Status (a proxy's page, plain text) leaves only its code. */
export function statusOf(code: number, body: string): ApiStatus {
  // Of what is no JSON nothing may be shown.
  return readStatus(jsonIn(body), code);
}

export function readStatus(body: Json | undefined, code = 0): ApiStatus {
  const status = isObject(body) && body.kind === 'Status' ? body : {};
  const details = readObject(status, 'details');
  return {
    code: code === 0 ? readNumber(status, ['code'], 0) : code,
    reason: readText(status, 'reason') ?? '',
    message: readText(status, 'message') ?? '',
    name: readText(details, 'name') ?? '',
    resource: readText(details, 'kind') ?? '',
    causes: readList(details, 'causes').map((cause) => ({
      reason: readText(cause, 'reason') ?? '',
      message: readText(cause, 'message') ?? '',
      field: readText(cause, 'field') ?? '',
    })),
  };
}
