import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import type { Command } from 'commander';
import { rolloutJsonSchema } from '../../src/bundle/json-schema.ts';
import { environmentJsonSchema } from '../../src/bundle/json-schema.ts';
import { exitCodeTable } from '../../src/cli/exit.ts';
import { windlass } from '../../src/cli/program.ts';
import { STEP_KINDS } from '../../src/domain/kinds/table.ts';

const document = (name: string) => readFile(new URL(`../../docs/${name}`, import.meta.url), 'utf8');
/** The guide of rollouts: its index, and a page for each family of step kinds. */
const FAMILIES = ['kubernetes', 'postgres', 'objectstore', 'velero', 'probe-and-approval'];
const rolloutGuide = async () => {
  const pages = await Promise.all(['rollout-file.md', ...FAMILIES.map((family) => `steps/${family}.md`)].map(document));
  return pages.join('\n');
};

/** Names of all properties anywhere in a JSON Schema, but not those that users choose. */
function properties(schema: unknown): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    if ('properties' in node && typeof node.properties === 'object' && node.properties !== null)
      Object.keys(node.properties).forEach((name) => found.add(name));
    Object.values(node).forEach(visit);
  };
  visit(schema);
  return found;
}

describe('the guides', () => {
  test('docs/rollout-file.md and docs/steps name every field of rollout and environment files', async () => {
    const text = await rolloutGuide();
    for (const schema of [rolloutJsonSchema(), environmentJsonSchema()])
      for (const name of properties(schema)) expect(text).toMatch(new RegExp(`\\b${name}\\b`));
  });

  test('every step kind has a section in docs/steps, and the index links to it', async () => {
    const text = await rolloutGuide();
    const index = await document('rollout-file.md');
    for (const kind of Object.keys(STEP_KINDS)) {
      expect(text).toContain(`\n## \`${kind}\`\n`);
      expect(index).toMatch(new RegExp(`\\[\`${kind}\`\\]\\(steps/[a-z-]+\\.md#${kind.replace('.', '')}\\)`));
    }
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
    for (const verb of windlass().commands)
      check(verb, verb.name() === 'exit-codes' ? 'windlass help exit-codes' : `windlass ${verb.name()}`);
    for (const line of exitCodeTable().split('\n')) expect(text).toContain(line.trim().replace(/ {2}/, ' | '));
  });

  test('docs/operations.md names every setting', async () => {
    const text = await document('operations.md');
    const source = await readFile(new URL('../../src/config.ts', import.meta.url), 'utf8');
    for (const [name] of source.matchAll(/\bWINDLASS_[A-Z0-9_]+\b/g)) expect(text).toContain(name);
  });
});
