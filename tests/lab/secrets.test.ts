import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { LabPaths } from '../../src/lab/directory.ts';
import { loadOrMakeSecrets } from '../../src/lab/secrets.ts';
import { scratchDirectories } from './scratch.ts';

const scratchDirectory = scratchDirectories();

test('credentials of a lab that were cut off say which file it is and what to do, and quote nothing of them', () => {
  const paths = { secrets: join(scratchDirectory(), 'secrets.json') } as LabPaths;
  const made = loadOrMakeSecrets(paths);
  expect(loadOrMakeSecrets(paths)).toEqual(made);
  writeFileSync(paths.secrets, `{"postgresPassword":"${made.postgresPassword}","s3Acc`);
  let failure: unknown;
  try {
    loadOrMakeSecrets(paths);
  } catch (error) {
    failure = error;
  }
  expect(String(failure)).toContain("The lab's own credentials cannot be read");
  expect(JSON.stringify(failure)).not.toContain(made.postgresPassword);
});
