import { isObject, read, readList, readText } from '../../domain/json-fields.ts';
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
        },
      ];
    });
  });
}
