import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import type { Command } from 'commander';
import { rolloutJsonSchema } from '../../src/bundle/json-schema.ts';
import { environmentJsonSchema, workflowJsonSchema } from '../../src/bundle/json-schema.ts';
import { exitCodeTable } from '../../src/cli/exit.ts';
import { windlass } from '../../src/cli/program.ts';
import { STEP_KINDS } from '../../src/domain/kinds/table.ts';
import { properties, undocumented } from '../support/kind-docs.ts';

const document = (name: string) => readFile(new URL(`../../docs/${name}`, import.meta.url), 'utf8');
/** The guide of rollouts: its index, and a page for each family of step kinds. */
const rolloutGuide = async () => {
  const pages = new Set(['rollout-file.md', ...Object.values(STEP_KINDS).map(({ docs }) => docs.page)]);
  return (await Promise.all([...pages].map(document))).join('\n');
};

describe('the guides', () => {
  test('docs/rollout-file.md and docs/steps name every field of rollout, environment and workflow files', async () => {
    const text = await rolloutGuide();
    for (const schema of [rolloutJsonSchema(), environmentJsonSchema(), workflowJsonSchema()])
      for (const name of properties(schema)) expect(text).toMatch(new RegExp(`\\b${name}\\b`));
  });

  test('every step kind has its line in the index, and a section that names its fields', async () => {
    expect(await undocumented(STEP_KINDS, document)).toEqual([]);
  });

  test('docs/cli.md has every verb with every option, and the exit codes as the program tells them', async () => {
    // Tables are padded; what counts is what they say.
    const text = (await document('cli.md')).replace(/ +/g, ' ');
    const check = (command: Command, name: string): void => {
      if (command.commands.length > 0) {
        for (const sub of command.commands) check(sub, `${name} ${sub.name()}`);
        return;
      }
      expect(text).toContain(name);
      for (const option of command.options) expect(text).toContain(option.long);
    };
    for (const verb of (await windlass([])).commands)
      check(verb, verb.name() === 'exit-codes' ? 'windlass help exit-codes' : `windlass ${verb.name()}`);
    for (const line of exitCodeTable().split('\n')) expect(text).toContain(line.trim().replace(/ {2}/, ' | '));
  });

  test('docs/operations.md names every setting', async () => {
    const text = await document('operations.md');
    const source = await readFile(new URL('../../src/config.ts', import.meta.url), 'utf8');
    for (const [name] of source.matchAll(/\bWINDLASS_[A-Z0-9_]+\b/g)) expect(text).toContain(name);
  });
});
