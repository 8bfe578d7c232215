import { isObject, read, readList, readText, readTexts } from '../../domain/json-fields.ts';
import type { Json } from '../../domain/json.ts';
import type { Located } from './located.ts';

/** A query of a panel. */
interface PanelQuery {
  readonly line: number;
  readonly ref: string;
  readonly expr: string;
}

export interface Panel {
  readonly line: number;
  readonly title: string;
  /** What it asks of a server that speaks Prometheus' API. */
  readonly queries: readonly PanelQuery[];
  /** The kinds of other data sources that it asks. */
  readonly elsewhere: readonly string[];
}

/** A variable of a board. */
export interface Variable {
  readonly line: number;
  readonly name: string;
  readonly type: string;
  /** What is asked, listed or meant, by its type. */
  readonly query: string;
  /** What answers must look like, as Grafana writes it: `/^prod-(.*)/`; empty where they may be any. */
  readonly regex: string;
  /** Whether it may stand for several values at once. */
  readonly many: boolean;
  /** What the board was saved with; empty where that is all values, or nothing. */
  readonly current: readonly string[];
  /** Where its data source is another one, the kind of that. */
  readonly elsewhere: string | null;
}

/** A dashboard of Grafana. */
export interface Board {
  readonly file: string;
  readonly line: number;
  readonly title: string;
  readonly variables: readonly Variable[];
  readonly panels: readonly Panel[];
  /** How far back it looks: `6h`. */
  readonly range: string;
}

/** Whether this is a dashboard as Grafana exports it, up to its second schema, which has elements in place of panels. */
export function isBoard(value: Json): boolean {
  return isObject(value) && Array.isArray(read(value, 'panels')) && typeof read(value, 'title') === 'string';
}

/** Reads a dashboard, the panels of its rows among the others. */
export function boardIn(file: string, document: Located): Board {
  const { value } = document;
  const title = readText(value, 'title') ?? '';
  const from = readText(value, 'time', 'from') ?? '';
  return {
    ...{ file, title, line: document.line(['title']) },
    range: /^now-(\d+[smhdw])$/.exec(from)?.[1] ?? '6h',
    variables: readList(value, 'templating', 'list').map((one, at) =>
      variableIn(one, document.line(['templating', 'list', at, 'name'])),
    ),
    panels: [...panelsIn(value, document, []), ...annotationsIn(value, document)],
  };
}

function panelsIn(holder: Json, document: Located, way: readonly (string | number)[]): readonly Panel[] {
  return readList(holder, 'panels').flatMap((panel, at) => {
    const here = [...way, 'panels', at];
    const targets = readList(panel, 'targets').map((target, index) => ({
      ref: readText(target, 'refId') ?? String.fromCharCode(65 + (index % 26)),
      expr: readText(target, 'expr') ?? '',
      source: sourceOf(target) ?? sourceOf(panel) ?? PROMETHEUS,
      line: document.line([...here, 'targets', index, 'expr']),
    }));
    const queries = targets.filter(({ source, expr }) => source === PROMETHEUS && expr !== '');
    const elsewhere = targets.filter(({ source }) => source !== PROMETHEUS).map(({ source }) => source);
    const own: Panel = {
      line: document.line([...here, 'title']),
      title: readText(panel, 'title') ?? '',
      queries: queries.map(({ ref, expr, line }) => ({ ref, expr, line })),
      elsewhere: [...new Set(elsewhere)],
    };
    return [...(targets.length === 0 ? [] : [own]), ...panelsIn(panel, document, here)];
  });
}

/** What marks are drawn for on every panel. */
function annotationsIn(value: Json, document: Located): readonly Panel[] {
  return readList(value, 'annotations', 'list').flatMap((one, at) => {
    const expr = readText(one, 'expr') ?? '';
    if (expr === '' || (sourceOf(one) ?? PROMETHEUS) !== PROMETHEUS) return [];
    const line = document.line(['annotations', 'list', at, 'expr']);
    return [
      { line, title: `annotation ${readText(one, 'name') ?? ''}`, queries: [{ line, ref: 'A', expr }], elsewhere: [] },
    ];
  });
}

const PROMETHEUS = 'prometheus';

/** The kind of a data source; undefined where none is named, or only by its name, which says nothing of its kind. */
function sourceOf(holder: Json): string | undefined {
  const type = readText(holder, 'datasource', 'type');
  return type === 'datasource' || type === undefined ? undefined : type;
}

function variableIn(one: Json, line: number): Variable {
  const current = read(one, 'current', 'value');
  const values = typeof current === 'string' ? [current] : readTexts(one, 'current', 'value');
  const source = sourceOf(one);
  return {
    line,
    name: readText(one, 'name') ?? '',
    type: readText(one, 'type') ?? '',
    query: readText(one, 'query') ?? readText(one, 'query', 'query') ?? '',
    regex: readText(one, 'regex') ?? '',
    many: read(one, 'multi') === true || read(one, 'includeAll') === true,
    current: values.filter((value) => value !== '' && value !== '$__all'),
    elsewhere: source === undefined || source === PROMETHEUS ? null : source,
  };
}
