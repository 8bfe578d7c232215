declare const meaning: unique symbol;

/** A text whose meaning the type system keeps track of. Any text can be assigned to it. */
type Meant<Meaning extends string> = string & { readonly [meaning]?: Meaning };
/** A path inside the rollout directory. */
export type RolloutPath = Meant<'path'>;
/** The name of a target that a step uses besides its own. */
export type TargetName = Meant<'target'>;

/** Where in `Spec` a text of some meaning stands: `manifests.*`, `source.directory`. Anywhere, where that is not known. */
type Places<Spec, Meaning extends string> = IsAny<Spec> extends true ? string : PlacesIn<Spec, Meaning>;
type IsAny<T> = 0 extends 1 & T ? true : false;
type PlacesIn<Spec, Meaning extends string> = Spec extends unknown
  ? typeof meaning extends keyof Spec
    ? NonNullable<Spec[typeof meaning]> extends Meaning
      ? ''
      : never
    : Spec extends readonly (infer Item)[]
      ? Below<'*', Places<Item, Meaning>>
      : Spec extends object
        ? {
            [Key in keyof Spec & string]-?: Below<string extends Key ? '*' : Key, Places<Spec[Key], Meaning>>;
          }[keyof Spec & string]
        : never
  : never;
type Below<Key extends string, Place extends string> = Place extends '' ? Key : `${Key}.${Place}`;

/** Every place of a path of the rollout directory. */
export type PathPlaces<Spec> = Places<Spec, 'path'>;
/** Every place of the name of a target. */
export type TargetPlaces<Spec> = Places<Spec, 'target'>;

/** A value and the way to it through fields and items. */
export interface Placed {
  readonly value: unknown;
  readonly path: readonly (string | number)[];
}

/** Everything in `data` that stands at a place such as `databases.*.target`; what has another form is passed over. */
export function valuesAt(data: unknown, place: string): readonly Placed[] {
  return place.split('.').reduce<readonly Placed[]>(
    (found, key) =>
      found.flatMap(({ value, path }) => {
        if (typeof value !== 'object' || value === null) return [];
        if (key !== '*') {
          return !Array.isArray(value) && Object.hasOwn(value, key)
            ? [{ value: (value as Record<string, unknown>)[key], path: [...path, key] }]
            : [];
        }
        const items: readonly (readonly [string | number, unknown])[] = Array.isArray(value)
          ? value.map((item, index) => [index, item as unknown] as const)
          : Object.entries(value);
        return items.map(([at, item]) => ({ value: item, path: [...path, at] }));
      }),
    [{ value: data, path: [] }],
  );
}
