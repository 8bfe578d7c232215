import { isObject, read, readList, readObject, readText } from '../../domain/json-fields.ts';
import type { Json } from '../../domain/json.ts';
import type { Located } from './located.ts';

/** An alerting or recording rule. */
export interface Rule {
  readonly file: string;
  readonly line: number;
  readonly does: 'alert' | 'record';
  readonly group: string;
  readonly name: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  /** As written, templates in them included. */
  readonly annotations: Readonly<Record<string, string>>;
}

/** Whether this is what Prometheus reads rules from. */
export function isRuleFile(value: Json): boolean {
  return isObject(value) && Array.isArray(read(value, 'groups')) && value['panels'] === undefined;
}

/**
 * The rules of a rule file, or of an object that has such a thing in it. Groups that ask something else than metrics
 * (`type: vlogs`, `type: graphite`) are left out.
 *
 * @param way to what has the `groups`.
 */
export function rulesIn(file: string, document: Located, way: readonly string[]): readonly Rule[] {
  return readList(document.value, ...way, 'groups').flatMap((group, groupAt) => {
    if (!['prometheus', undefined].includes(readText(group, 'type'))) return [];
    return readList(group, 'rules').flatMap((rule, ruleAt) => {
      const alert = readText(rule, 'alert');
      const name = alert ?? readText(rule, 'record');
      const written = read(rule, 'expr');
      // YAML takes `1` for a number.
      const expr = typeof written === 'string' || typeof written === 'number' ? String(written) : '';
      if (name === undefined || expr === '') return [];
      const line = document.line([...way, 'groups', groupAt, 'rules', ruleAt, 'expr']);
      return [
        {
          ...{ file, line, name, expr, group: readText(group, 'name') ?? '' },
          does: alert === undefined ? ('record' as const) : ('alert' as const),
          labels: textsIn(rule, 'labels'),
          annotations: textsIn(rule, 'annotations'),
        },
      ];
    });
  });
}

/** What of a map is text; YAML takes `1` for a number. */
function textsIn(rule: Json, field: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(readObject(rule, field)).flatMap(([key, value]) =>
      typeof value === 'string' || typeof value === 'number' ? [[key, String(value)]] : [],
    ),
  );
}
