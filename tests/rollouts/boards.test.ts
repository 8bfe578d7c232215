import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parser } from '@grafana/lezer-logql';
import { parse } from 'yaml';
import { isObject, read, readList, readObject, readText } from '../../src/domain/json-fields.ts';
import type { JsonObject, Json } from '../../src/domain/json.ts';
import { FLAGSHIP } from './flagship.ts';

// Boards of the flagship. Whether queries have an answer, a live server says.

const DIRECTORY = join(FLAGSHIP, 'manifests/boards');
const boards = readdirSync(DIRECTORY).map((file): JsonObject => {
  const { data } = parse(readFileSync(join(DIRECTORY, file), 'utf8')) as { data: Record<string, string> };
  return JSON.parse(data[file.replace('.yaml', '.json')] ?? '') as JsonObject;
});
const panels = () => boards.flatMap((board) => readList(board, 'panels').filter(isObject));
const drawn = () => panels().filter((panel) => readText(panel, 'type') !== 'row');
const title = (panel: Json) => readText(panel, 'title') ?? '';

describe('the boards of the flagship', () => {
  test('are as their builders make them: after a change somebody ran boards/write.ts', async () => {
    // By a path that is no constant: all else compiles without the rollouts.
    const builders = (await import(join(FLAGSHIP, 'boards/index.ts'))) as {
      readonly boardManifests: () => ReadonlyMap<string, string>;
    };
    const made = builders.boardManifests();
    expect(readdirSync(DIRECTORY).sort()).toEqual([...made.keys()].sort());
    for (const [file, text] of made) expect(readFileSync(join(DIRECTORY, file), 'utf8')).toBe(text);
  });

  test('are the five that the platform is to have, and the one of its logs', () => {
    expect(boards.map(title).sort()).toEqual([
      'Data Platform Health',
      'DolphinScheduler Operations',
      'External Access',
      'Logs',
      'Platform Overview',
      'Rollouts',
    ]);
  });

  test('say of each panel what it shows, in which unit, and which line is which', () => {
    expect(drawn().length).toBeGreaterThan(90);
    for (const board of boards) {
      const ids = readList(board, 'panels').map((panel) => read(panel, 'id'));
      expect(new Set(ids).size).toBe(ids.length);
    }
    expect(
      drawn()
        .filter((panel) => (readText(panel, 'description') ?? '').length < 10)
        .map(title),
    ).toEqual([]);
    const lines = drawn().filter((panel) => readText(panel, 'type') === 'timeseries');
    expect(lines.filter((panel) => read(panel, 'options', 'legend', 'showLegend') !== true).map(title)).toEqual([]);
    expect(lines.filter((panel) => readText(panel, 'fieldConfig', 'defaults', 'unit') === undefined)).toEqual([]);
  });

  test('name each query of a panel', () => {
    for (const panel of drawn()) {
      const names = readList(panel, 'targets').map((target) => readText(target, 'refId'));
      expect([title(panel), names]).toEqual([title(panel), 'ABCDEFGH'.split('').slice(0, names.length)]);
      expect(names.length).toBeGreaterThan(0);
    }
  });

  test('ask Loki in LogQL, by its own grammar', () => {
    const ofLogs = drawn().filter((panel) => readText(readObject(panel, 'datasource'), 'type') === 'loki');
    const queries = ofLogs.flatMap((panel) => readList(panel, 'targets').map((one) => readText(one, 'expr') ?? ''));
    expect(queries.length).toBeGreaterThan(5);
    // What Grafana puts in before it asks.
    const asked = queries.map((query) => query.replaceAll('$__auto', '1m').replaceAll(/\$(namespace|app)/g, '.+'));
    expect(asked.filter((query) => query.includes('$'))).toEqual([]);
    expect(asked.flatMap(faults)).toEqual([]);
    expect(faults('sum by (app (rate({app="x"} [1m]))')).not.toEqual([]);
  });
});

/** Where a query is no LogQL. */
function faults(query: string): readonly string[] {
  const found: string[] = [];
  parser.parse(query).iterate({
    enter: ({ type, from }) => {
      if (type.isError) found.push(`${query}: at ${String(from)}`);
    },
  });
  return found;
}
