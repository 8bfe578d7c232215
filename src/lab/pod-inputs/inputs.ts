import type { Json } from '../../domain/json.ts';
import { readText } from '../../domain/json-fields.ts';
import { inputOf, type Input } from './input.ts';
import type { InputKind, Reference } from './references.ts';

/** Where the API server has the kinds that pods are given. */
export const INPUT_RESOURCES: Readonly<Record<InputKind, string>> = {
  Secret: 'secrets',
  ConfigMap: 'configmaps',
  PersistentVolumeClaim: 'persistentvolumeclaims',
};

/** Every Secret, ConfigMap and claim of the cluster, without their values. */
export class Inputs {
  readonly #all = new Map<string, { readonly input: Input; readonly round: number }>();
  readonly #rounds = new Map<InputKind, number>();

  find(namespace: string, { kind, name }: Reference): Input | undefined {
    return this.#all.get(keyOf(kind, namespace, name))?.input;
  }

  put(kind: InputKind, object: Json): void {
    const key = keyOf(
      kind,
      readText(object, 'metadata', 'namespace') ?? '',
      readText(object, 'metadata', 'name') ?? '',
    );
    this.#all.set(key, { input: inputOf(object, kind), round: this.#rounds.get(kind) ?? 0 });
  }

  remove(kind: InputKind, namespace: string, name: string): void {
    this.#all.delete(keyOf(kind, namespace, name));
  }

  /** From now on everything of a kind is told anew. */
  begin(kind: InputKind): void {
    this.#rounds.set(kind, (this.#rounds.get(kind) ?? 0) + 1);
  }

  /** Everything of the kind was told: what was not is gone. */
  end(kind: InputKind): void {
    const round = this.#rounds.get(kind);
    for (const [key, known] of this.#all)
      if (key.startsWith(`${kind}/`) && known.round !== round) this.#all.delete(key);
  }
}

function keyOf(kind: InputKind, namespace: string, name: string): string {
  return `${kind}/${namespace}/${name}`;
}
