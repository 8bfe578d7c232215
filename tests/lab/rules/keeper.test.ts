import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../../../src/domain/json.ts';
import { RuleKeeper } from '../../../src/lab/rules/keeper.ts';
import { until } from '../../support/poll.ts';
import { scratchDirectories } from '../scratch.ts';

const GOOD = 'groups: [{ name: g, rules: [{ alert: A, expr: up == 0 }] }]\n';
const BAD = 'groups: [{ name: g, rules: [{ alert: A, expr: "sum(up" }] }]\n';
const directory = scratchDirectories();
let scratch: string;
let rules: string;
let told: string[];
let keeper: RuleKeeper;

beforeEach(() => {
  scratch = directory();
  rules = join(scratch, 'rules');
  const home = join(scratch, 'home');
  for (const one of [rules, home]) mkdirSync(one);
  told = [];
  keeper = new RuleKeeper({
    ...{ rules, home, tell: (what) => told.push(what) },
    refusal: (file) => Promise.resolve(readFileSync(file, 'utf8').includes('sum(up"') ? 'unclosed' : null),
  });
});

const configMap = (name: string, data: JsonObject) => ({ metadata: { namespace: 'watch', name }, data });
const texts = () =>
  readdirSync(rules)
    .filter((name) => name.startsWith('cluster-'))
    .map((name) => readFileSync(join(rules, name), 'utf8'))
    .sort();
/** Tells the keeper of all ConfigMaps that there are, as a watch that begins does. */
const tellAll = (...all: readonly JsonObject[]) => {
  keeper.configMaps.begin();
  for (const one of all) keeper.configMaps.seen(one);
  keeper.configMaps.allTold();
};
const settled = (wanted: readonly string[]) =>
  until(() => JSON.stringify(texts()) === JSON.stringify(wanted) && keeper.trouble === null);

describe('rules in ConfigMaps of the cluster', () => {
  test('lie where vmalert reads them, say where they are from, and go with their ConfigMap', async () => {
    const map = configMap('rules', { 'a.yaml': GOOD, 'b.yml': GOOD, 'notes.md': GOOD, 'config.yaml': 'route: {}\n' });
    expect(keeper.trouble).toContain('not told all');
    tellAll(map);
    await settled(['a.yaml', 'b.yml'].map((key) => `# ConfigMap watch/rules, ${key}\n${GOOD}`));
    keeper.configMaps.gone(map);
    await settled([]);
    expect(told).toEqual([]);
  });

  test('that vmalert refuses are told of once, and what it took of them before stays', async () => {
    tellAll(configMap('rules', { 'a.yaml': GOOD }));
    const good = [`# ConfigMap watch/rules, a.yaml\n${GOOD}`];
    await settled(good);
    keeper.configMaps.seen(configMap('rules', { 'a.yaml': BAD }));
    await until(() => told.length > 0);
    keeper.configMaps.seen(configMap('rules', { 'a.yaml': BAD }));
    keeper.configMaps.seen(configMap('other', { 'a.yaml': GOOD }));
    await settled([`# ConfigMap watch/other, a.yaml\n${GOOD}`, ...good]);
    expect(told).toEqual(['vmalert refuses the rules of ConfigMap watch/rules, a.yaml: unclosed']);
    expect(readdirSync(join(scratch, 'home'))).toEqual([]);
  });

  test('of a cluster that is another one now are gone, and files that somebody put there stay', async () => {
    writeFileSync(join(rules, 'own.yaml'), GOOD);
    writeFileSync(join(rules, 'cluster-0123456789abcdef.yaml'), GOOD);
    tellAll();
    await settled([]);
    expect(existsSync(join(rules, 'own.yaml'))).toBe(true);
  });
});
