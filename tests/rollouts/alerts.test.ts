import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { alertRules, FLAGSHIP, loadFlagship, type AlertRule } from './flagship.ts';

// What every alert of the flagship has. That each rests, fires and resolves, vmalert-tool says: tests/integration/flagship-alerts.test.ts.

interface Cases {
  readonly tests: readonly {
    readonly alert_rule_test: readonly {
      readonly eval_time: string;
      readonly groupname: string;
      readonly alertname: string;
      readonly exp_alerts: readonly unknown[];
    }[];
  }[];
}

const directory = join(FLAGSHIP, 'alert-tests');
const cases = readdirSync(directory).flatMap(
  (file) => (parse(readFileSync(join(directory, file), 'utf8')) as Cases).tests,
);
let rules: readonly AlertRule[];
beforeAll(async () => {
  rules = alertRules(await loadFlagship('lab'));
});
const alerts = () => rules.filter(({ alert }) => alert !== undefined);

describe('each alert of the flagship', () => {
  test('says how bad it is, whose it is, what it means, and where to read what to do', () => {
    expect(alerts().length).toBeGreaterThanOrEqual(20);
    expect(new Set(alerts().map(({ alert }) => alert)).size).toBe(alerts().length);
    const runbook = readFileSync(join(FLAGSHIP, 'runbooks.md'), 'utf8');
    const headings = [...runbook.matchAll(/^### (\w+)$/gm)].map(([, name = '']) => name);
    for (const { alert = '', labels, annotations } of alerts()) {
      expect([alert, labels?.['severity']]).toEqual([alert, expect.stringMatching(/^(critical|warning|info)$/)]);
      expect([alert, labels?.['owner']]).toEqual([alert, expect.stringMatching(/^(platform|data)$/)]);
      expect([alert, annotations?.['summary']]).toEqual([alert, expect.stringMatching(/.{10}/)]);
      expect([alert, annotations?.['description']]).toEqual([alert, expect.stringMatching(/.{10}/)]);
      expect([alert, annotations?.['runbook_url']]).toEqual([
        alert,
        `https://docs.254carbon.com/runbooks#${alert.toLowerCase()}`,
      ]);
    }
    expect([...headings].sort()).toEqual(
      alerts()
        .map(({ alert }) => alert)
        .sort(),
    );
  });

  test('has a case in which it rests, then fires, then has resolved', () => {
    for (const { alert, group } of alerts()) {
      const courses = cases
        .map(({ alert_rule_test: asked }) =>
          asked
            .filter(({ alertname, groupname }) => alertname === alert && groupname === group)
            .sort((a, b) => Number.parseInt(a.eval_time) - Number.parseInt(b.eval_time))
            .map(({ exp_alerts: expected }) => (expected.length === 0 ? 'rests' : 'fires'))
            .join(),
        )
        .filter((course) => course !== '');
      expect([alert, courses]).toEqual([alert, ['rests,fires,rests']]);
    }
  });

  test('never counts the first number of a new series as risen', () => {
    // `increase` of VictoriaMetrics does, when it is small: a server that was restarted would be an alert.
    const expressions = rules.map(({ expr }) => expr).join('\n');
    expect(expressions).not.toMatch(/\bincrease\(/);
  });
});

describe('what is reckoned by rules', () => {
  test('is on a board, or in an alert', () => {
    const boards = join(FLAGSHIP, 'manifests/boards');
    const used = [
      ...readdirSync(boards).map((file) => readFileSync(join(boards, file), 'utf8')),
      ...alerts().map(({ expr }) => expr),
    ].join('\n');
    const recorded = rules.flatMap(({ record }) => record ?? []);
    expect(recorded.length).toBeGreaterThan(3);
    expect(recorded.filter((name) => !used.includes(name))).toEqual([]);
  });
});
