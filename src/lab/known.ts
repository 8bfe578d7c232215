import { readText } from '../domain/json-fields.ts';
import type { Json } from '../domain/json.ts';
import type { Follower } from './following.ts';

/** All objects of one kind, as the API server last told of them. */
export class Known implements Follower {
  readonly #objects = new Map<string, { readonly object: Json; readonly round: number }>();
  readonly #onChange: () => void;
  #round = 0;
  #told = false;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /** Whether all of them were told at least once. */
  get told(): boolean {
    return this.#told;
  }

  all(): readonly Json[] {
    return [...this.#objects.values()].map(({ object }) => object);
  }

  find(namespace: string, name: string): Json | undefined {
    return this.#objects.get(`${namespace}/${name}`)?.object;
  }

  begin(): void {
    this.#round += 1;
  }

  seen(object: Json): void {
    this.#objects.set(keyOf(object), { object, round: this.#round });
    this.#changed();
  }

  gone(object: Json): void {
    this.#objects.delete(keyOf(object));
    this.#changed();
  }

  allTold(): void {
    for (const [key, { round }] of this.#objects) if (round !== this.#round) this.#objects.delete(key);
    this.#told = true;
    this.#onChange();
  }

  #changed(): void {
    if (this.#told) this.#onChange();
  }
}

function keyOf(object: Json): string {
  return `${readText(object, 'metadata', 'namespace') ?? ''}/${readText(object, 'metadata', 'name') ?? ''}`;
}
