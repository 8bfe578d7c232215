/** What `when` asks of one parameter. */
export interface Condition {
  readonly parameter: string;
  readonly equals: string | number | boolean;
}

/** What `when` says: one condition, or several of which each must hold. */
export type When = Condition | readonly Condition[];

/** The first condition that does not hold; null where all do, and where nothing is asked. */
export function unmet(
  when: When | undefined,
  parameters: Readonly<Record<string, string | number | boolean>>,
): Condition | null {
  const conditions = when === undefined ? [] : isSeveral(when) ? when : [when];
  return conditions.find(({ parameter, equals }) => parameters[parameter] !== equals) ?? null;
}

/** `Array.isArray` does not know readonly ones. */
function isSeveral(when: When): when is readonly Condition[] {
  return Array.isArray(when);
}
