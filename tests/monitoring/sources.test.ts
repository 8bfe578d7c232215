import { describe, expect, test } from '@jest/globals';
import { askedIn } from '../../src/monitoring/read/sources.ts';

const BOARD = {
  title: 'Databases',
  time: { from: 'now-1h' },
  templating: { list: [{ type: 'query', name: 'db', query: { query: 'label_values(pg_up, datname)' }, multi: true }] },
  annotations: { list: [{ name: 'restarts', expr: 'changes(pg_up[5m]) > 0' }] },
  panels: [
    { title: 'Up', targets: [{ refId: 'A', expr: 'pg_up' }] },
    {
      title: 'Row',
      panels: [
        { title: 'Logs', datasource: { type: 'loki' }, targets: [{ refId: 'A', expr: '{app="db"}' }] },
        {
          title: 'Both',
          datasource: { type: 'datasource', uid: '-- Mixed --' },
          targets: [
            { expr: 'pg_locks', datasource: { type: 'prometheus' } },
            { expr: 'error', datasource: { type: 'loki' } },
          ],
        },
      ],
    },
    { title: 'Words' },
  ],
};
const JSON_TEXT = JSON.stringify(BOARD, undefined, 2);
const RULES = `groups:
  - name: database
    rules:
      - alert: Down
        expr: pg_up == 0
      - record: pg:up
        expr: |
          sum(pg_up)
  - name: logs
    type: vlogs
    rules:
      - { alert: Errors, expr: 'error | stats count()' }
`;
const lineOf = (text: string, part: string) => text.split('\n').findIndex((line) => line.includes(part)) + 1;
const indented = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');

describe('what dashboards and rules ask', () => {
  test('is read from Grafana’s JSON, panels in rows and annotations too, with its lines', () => {
    const { boards } = askedIn('db.json', JSON_TEXT);
    expect(boards).toHaveLength(1);
    const [board] = boards;
    expect(board).toMatchObject({ file: 'db.json', title: 'Databases', range: '1h' });
    expect(
      board!.panels.map(({ title, queries, elsewhere }) => [title, queries.map(({ expr }) => expr), elsewhere]),
    ).toEqual([
      ['Up', ['pg_up'], []],
      ['Logs', [], ['loki']],
      ['Both', ['pg_locks'], ['loki']],
      ['annotation restarts', ['changes(pg_up[5m]) > 0'], []],
    ]);
    expect(board!.panels[0]!.queries[0]!.line).toBe(lineOf(JSON_TEXT, '"expr": "pg_up"'));
    expect(board!.variables).toMatchObject([{ name: 'db', query: 'label_values(pg_up, datname)', many: true }]);
  });

  test('is read from ConfigMaps, with the lines of the file that holds them', () => {
    const file = `# made by hand
apiVersion: v1
kind: ConfigMap
metadata: { name: watched }
data:
  other.conf: "groups: none"
  board.json: |
${indented(JSON_TEXT)}
  rules.yaml: |
${indented(RULES)}
`;
    const { boards, rules } = askedIn('watched.yaml', file);
    expect(boards[0]!.panels[0]!.queries[0]!.line).toBe(lineOf(file, '"expr": "pg_up"'));
    expect(rules).toEqual([
      {
        file: 'watched.yaml',
        line: lineOf(file, 'expr: pg_up == 0'),
        does: 'alert',
        group: 'database',
        name: 'Down',
        expr: 'pg_up == 0',
        labels: {},
        annotations: {},
      },
      {
        file: 'watched.yaml',
        line: lineOf(file, 'expr: |'),
        does: 'record',
        group: 'database',
        name: 'pg:up',
        expr: 'sum(pg_up)\n',
        labels: {},
        annotations: {},
      },
    ]);
  });

  test.each(['PrometheusRule', 'VMRule'])('is read from %s, also in a list', (kind) => {
    const item = {
      apiVersion: 'x/v1',
      kind,
      metadata: { name: 'r' },
      spec: { groups: [{ name: 'g', rules: [{ alert: 'A', expr: 'up == 0' }] }] },
    };
    const text = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [item] }, undefined, 1);
    expect(askedIn('r.json', text).rules).toMatchObject([{ group: 'g', name: 'A', line: lineOf(text, 'expr') }]);
  });
});
