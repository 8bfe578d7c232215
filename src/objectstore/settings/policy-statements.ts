import { compareTexts } from '../../domain/compare.ts';
import { canonicalJson, type Json, type JsonObject } from '../../domain/json.ts';
import { isObject } from '../../domain/json-fields.ts';

/** The statements of a policy; one alone needs no list. */
export function statementsOf(policy: JsonObject | null): readonly JsonObject[] {
  const statements = policy?.Statement ?? [];
  return (Array.isArray(statements) ? statements : [statements]).filter(isObject);
}

/** `Allow * s3:GetObject on bucket/public/*`: servers write one and the same thing in several ways, this line in one. */
export function statementLine(statement: JsonObject): string {
  const { Principal, NotPrincipal, Action, NotAction, Resource, NotResource, Condition } = statement;
  const sid = textOf(statement.Sid);
  return [
    textOf(statement.Effect),
    either(principalsOf(Principal), principalsOf(NotPrincipal)),
    either(manyOf(Action), manyOf(NotAction)),
    'on',
    either(manyOf(Resource).map(withoutArn), manyOf(NotResource).map(withoutArn)),
    ...(conditionLine(Condition) === '' ? [] : [`if ${conditionLine(Condition)}`]),
    ...(sid === '' ? [] : [`(${sid})`]),
  ].join(' ');
}

/** Whether a statement lets anybody do something, credentials or not; under which condition does not count. */
export function isOpen({ Effect, Principal, NotPrincipal }: JsonObject): boolean {
  return Effect === 'Allow' && (NotPrincipal !== undefined || principalsOf(Principal).includes('*'));
}

/** Whether an open statement allows all that another one allows. False where that cannot be told. */
export function reaches(wide: JsonObject, narrow: JsonObject): boolean {
  const words = (statement: JsonObject): string => statementLine({ ...statement, Sid: '' });
  if (words(wide) === words(narrow)) return true;
  const plain = [wide, narrow].every(
    ({ NotPrincipal, NotAction, NotResource }) => (NotPrincipal ?? NotAction ?? NotResource) === undefined,
  );
  const condition = conditionLine(wide.Condition);
  return (
    plain &&
    (condition === '' || condition === conditionLine(narrow.Condition)) &&
    covers(manyOf(wide.Action), manyOf(narrow.Action)) &&
    covers(manyOf(wide.Resource), manyOf(narrow.Resource))
  );
}

/** Whether each of the narrow patterns is one of the wide ones, or what one of them stands for. */
function covers(wide: readonly string[], narrow: readonly string[]): boolean {
  const patterns = wide.map(
    (text) =>
      new RegExp(
        `^${text
          .replace(/[\\^$.|+()[\]{}]/g, '\\$&')
          .replaceAll('*', '.*')
          .replaceAll('?', '.')}$`,
      ),
  );
  return narrow.every((text) => patterns.some((pattern) => pattern.test(text)));
}

function either(yes: readonly string[], no: readonly string[]): string {
  return no.length === 0 ? yes.join(', ') : `all but ${no.join(', ')}`;
}

function withoutArn(resource: string): string {
  return resource.replace(/^arn:[a-z-]+:s3:::/, '');
}

function principalsOf(value: Json | undefined): readonly string[] {
  if (typeof value === 'string') return [value];
  if (!isObject(value)) return [];
  return Object.entries(value)
    .flatMap(([kind, names]) => manyOf(names).map((name) => (name === '*' ? name : `${kind} ${name}`)))
    .sort(compareTexts);
}

function conditionLine(value: Json | undefined): string {
  if (!isObject(value) || Object.keys(value).length === 0) return '';
  const operators = Object.entries(value).map(([operator, keys]) => {
    const texts = Object.entries(isObject(keys) ? keys : {}).map(([key, text]) => [key, manyOf(text)] as const);
    return [operator, Object.fromEntries(texts)] as const;
  });
  return canonicalJson(Object.fromEntries(operators));
}

function manyOf(value: Json | undefined): readonly string[] {
  const all: readonly Json[] = Array.isArray(value) ? value : value === undefined ? [] : [value];
  return all.map(textOf).sort(compareTexts);
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : value === undefined || value === null ? '' : canonicalJson(value);
}
