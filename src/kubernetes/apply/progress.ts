import type { Json } from '../../domain/json.ts';
import { readText } from '../../domain/json-fields.ts';
import type { Stage } from '../order.ts';

/**
 * How far an apply is, as kept between attempts. A retry plans anew and writes only what still differs, so nothing here
 * decides what is written; the bits only let it tell what an earlier attempt has already created or updated.
 */
export class ApplyProgress {
  readonly #of: number;
  readonly #created: Uint8Array;
  readonly #updated: Uint8Array;
  #stage: Stage | 'wait' | null = null;
  #applied = 0;

  /**
   * @param of how many objects there are, in an order that stays the same between attempts.
   * @param resume what the last attempt told; ignored when it was about another number of objects.
   */
  constructor(of: number, resume: Json | undefined) {
    this.#of = of;
    this.#created = bitsOf(readText(resume, 'created'), of);
    this.#updated = bitsOf(readText(resume, 'updated'), of);
  }

  enter(stage: Stage | 'wait'): void {
    this.#stage = stage;
  }

  /** Counts an object that is as declared now, written or not. */
  count(): void {
    this.#applied += 1;
  }

  wrote(index: number, action: 'create' | 'update'): void {
    set(action === 'create' ? this.#created : this.#updated, index);
  }

  /** What was done to an object in this attempt or an earlier one; null for nothing. */
  done(index: number): 'create' | 'update' | null {
    if (has(this.#created, index)) return 'create';
    return has(this.#updated, index) ? 'update' : null;
  }

  state(): { readonly [key: string]: Json } {
    return {
      applied: this.#applied,
      of: this.#of,
      stage: this.#stage,
      created: Buffer.from(this.#created).toString('base64'),
      updated: Buffer.from(this.#updated).toString('base64'),
    };
  }
}

function bitsOf(text: string | undefined, of: number): Uint8Array {
  const length = Math.ceil(of / 8);
  const bits = Uint8Array.from(Buffer.from(text ?? '', 'base64'));
  return bits.length === length ? bits : new Uint8Array(length);
}

function set(bits: Uint8Array, index: number): void {
  bits[index >> 3] = (bits[index >> 3] ?? 0) | (1 << (index & 7));
}

function has(bits: Uint8Array, index: number): boolean {
  return ((bits[index >> 3] ?? 0) & (1 << (index & 7))) !== 0;
}
