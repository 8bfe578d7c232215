import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { ROOT } from './flagship.ts';

test('no source names the platform, and none reads what is below rollouts: whoever deletes them still has the engine', () => {
  const sources = globSync('{src,rules,tools,scripts}/**/*.{ts,mjs,js,go,yaml}', { cwd: ROOT });
  expect(sources.length).toBeGreaterThan(300);
  const naming = sources.filter((file) =>
    /254 ?carbon|["'`/]rollouts\/\w/i.test(readFileSync(join(ROOT, file), 'utf8')),
  );
  expect(naming).toEqual([]);
});
