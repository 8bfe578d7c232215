import { expect, test } from '@jest/globals';
import { graphProblems } from '../../src/bundle/checks/graph.ts';
import { draftOf } from '../../src/bundle/draft.ts';
import { Content } from '../../src/bundle/source/content.ts';
import { YamlSource } from '../../src/bundle/source/yaml-source.ts';
import { STEP_KINDS } from '../../src/domain/kinds/table.ts';
import { stepSchema } from '../../src/domain/step.ts';

const NAMES = Array.from({ length: 300 }, (_, at) => `s${at}`);

/** What is wrong with one phase of 300 steps. */
function messagesOf(needsOf: (at: number) => readonly string[]): readonly string[] {
  const steps = NAMES.map((name, at) => `    - { name: ${name}, kind: probe, needs: [${needsOf(at).join(', ')}] }\n`);
  const source = new YamlSource('rollout.yaml', `spec:\n  phases:\n  - name: all\n    steps:\n${steps.join('')}`);
  const content = new Content(source, source.documents[0]!);
  const draft = draftOf(content.data, { kinds: STEP_KINDS, steps: stepSchema(STEP_KINDS) });
  return graphProblems(content, draft).map(({ message }) => message);
}

test('300 steps that all need each other are told by a few shortest cycles', () => {
  const messages = messagesOf((at) => NAMES.filter((_, other) => other !== at));
  expect(messages).toHaveLength(10);
  expect(messages[0]).toBe('steps wait for each other: s0 -> s1 -> s0');
});

test('a circle of 300 steps is told in a line that can be read', () => {
  const [message, ...others] = messagesOf((at) => [NAMES[(at + 1) % NAMES.length]!]);
  expect(others).toEqual([]);
  expect(message).toMatch(/^steps wait for each other: s0 -> s1 -> .* -> \(281 more\) -> .* -> s299 -> s0$/);
});

test('300 steps that need what is not there are told each in a line, and not in a list of all names', () => {
  const messages = messagesOf((at) => [`elsewhere-${at}`]);
  expect(messages).toHaveLength(300);
  expect(Math.max(...messages.map(({ length }) => length))).toBeLessThan(1_000);
});
