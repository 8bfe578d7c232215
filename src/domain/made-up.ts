import type { Reference } from './reference.ts';

/** Characters that made-up values are drawn from, by the name of the alphabet; those of the functions of charts. */
export const MADE_UP_ALPHABETS = {
  alphanumeric: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789',
  alpha: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',
  digits: '0123456789',
  ascii: ' !"#$%&\'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~',
} as const;

/** A certificate as a chart asks for it. */
export interface MadeUpCertificate {
  readonly kind: 'certificate';
  readonly commonName: string;
  readonly addresses: readonly string[];
  readonly names: readonly string[];
  readonly days: number;
  /** Whether it may sign others. */
  readonly authority: boolean;
  /** Which of the values signs it, from 0; null when it signs itself. */
  readonly signer: number | null;
}

/** A value that is in no bundle: made when a step first acts and kept in the cluster from then on, or had by reference. */
export type MadeUp =
  | { readonly kind: 'random'; readonly alphabet: keyof typeof MADE_UP_ALPHABETS; readonly length: number }
  /** Base64 of so many bytes. */
  | { readonly kind: 'bytes'; readonly length: number }
  | { readonly kind: 'uuid' }
  | { readonly kind: 'key'; readonly algorithm: 'rsa' | 'dsa' | 'ecdsa' | 'ed25519' }
  | MadeUpCertificate
  | { readonly kind: 'reference'; readonly reference: Reference };

/** What a template did to a value, in this order. */
export type Form = 'trimmed' | 'lower' | 'base64';

/** Where a text has a value. */
export interface Hole {
  /** Which of the values, from 0. */
  readonly value: number;
  /** Of a certificate `cert` or `key`; `text` of all others. */
  readonly part: 'text' | 'cert' | 'key';
  readonly as: readonly Form[];
}

/** A text with values in it. */
export type Parts = readonly (string | Hole)[];

/** A field of an object that is filled in when the step acts. */
export interface Place {
  readonly object: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly namespace: string;
    readonly name: string;
  };
  /** Of a Secret `data` and the key, whose parts come to the text behind the base64. */
  readonly path: readonly (string | number)[];
  readonly parts: Parts;
}

/** What a step fills in by itself: the values and their places. */
export interface Keeping {
  readonly values: readonly MadeUp[];
  readonly places: readonly Place[];
}

export function isHole(part: string | Hole): part is Hole {
  return typeof part !== 'string';
}
