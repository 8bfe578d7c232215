import { isObject, readList, readObject, readText } from './json-fields.ts';
import type { Json } from './json.ts';

type Labels = Readonly<Record<string, string>>;

/** Whether labels fit a label selector (`matchLabels` and `matchExpressions`). An empty one fits all, none at all fits nothing. */
export function matchesLabels(selector: Json | undefined, labels: Labels): boolean {
  if (!isObject(selector)) return false;
  return (
    hasLabels(readObject(selector, 'matchLabels'), labels) &&
    readList(selector, 'matchExpressions').every((expression) => matchesExpression(expression, labels))
  );
}

/** Whether labels have all of these. */
export function hasLabels(wanted: Readonly<Record<string, Json>>, labels: Labels): boolean {
  return Object.entries(wanted).every(([key, value]) => Object.hasOwn(labels, key) && labels[key] === value);
}

/** Whether labels fit one expression of a selector of labels or, with `Gt` and `Lt`, of nodes. */
export function matchesExpression(expression: Json, labels: Labels): boolean {
  const key = readText(expression, 'key') ?? '';
  const label = Object.hasOwn(labels, key) ? labels[key] : undefined;
  const among = label !== undefined && readList(expression, 'values').includes(label);
  switch (readText(expression, 'operator')) {
    case 'In':
      return among;
    case 'NotIn':
      return !among;
    case 'Exists':
      return label !== undefined;
    case 'DoesNotExist':
      return label === undefined;
    case 'Gt':
      return Number(label) > Number(readList(expression, 'values')[0]);
    case 'Lt':
      return Number(label) < Number(readList(expression, 'values')[0]);
    default:
      return false;
  }
}
