import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { CHECKS } from '../../src/audit/checks/index.ts';
import { ROOT } from '../deploy/compose-project.ts';

test('the guide has a line for each check, as it is', () => {
  const guide = readFileSync(join(ROOT, 'docs/steps/security.md'), 'utf8').replaceAll(/ +/g, ' ');
  for (const { id, severity, claim, stands } of CHECKS)
    expect(guide).toContain(`| \`${id}\` | ${severity} | ${claim} | ${stands.join(', ')}`);
});
