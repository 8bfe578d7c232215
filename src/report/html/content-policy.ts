import { createHash } from 'node:crypto';
import type { Html } from './escape.ts';

/**
 * What a browser may do for a page of ours: take its own style, run its own script if it has one, and load nothing.
 *
 * @param asks whether its script may ask the server that it came from.
 */
export function contentPolicy({ style, script, asks = false }: Parts): string {
  return [
    "default-src 'none'",
    `style-src ${hashOf(style)}`,
    ...(script === undefined ? [] : [`script-src ${hashOf(script)}`]),
    'img-src data:',
    ...(asks ? ["connect-src 'self'"] : []),
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

interface Parts {
  readonly style: Html;
  readonly script?: Html;
  readonly asks?: boolean;
}

function hashOf({ text }: Html): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
