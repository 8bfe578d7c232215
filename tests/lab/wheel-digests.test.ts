import { expect, test } from '@jest/globals';
import { TOOLS, type Tool } from '../../src/lab/tools/catalogue.ts';
import { requirementOf } from '../../src/lab/tools/wheel.ts';

const wheels = Object.entries(TOOLS).flatMap(([name, { origin }]: [string, Tool]) =>
  origin.kind === 'wheel' ? [{ name, origin }] : [],
);

test.each(wheels)('the wheel of $name is pinned by the digests of its files', ({ origin }) => {
  const [pinned = '', ...digests] = requirementOf(origin).trimEnd().split(' \\\n    ');
  expect(pinned).toBe(`${origin.project}==${origin.version}`);
  expect(digests.length).toBeGreaterThan(0);
  for (const digest of digests) expect(digest).toMatch(/^--hash=sha256:[0-9a-f]{64}$/);
});
