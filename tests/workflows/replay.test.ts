import { expect, test } from '@jest/globals';
import { Worker } from '@temporalio/worker';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { workflowCode } from '../support/workflow-code.ts';

const HISTORIES = fileURLToPath(new URL('../histories/', import.meta.url));
const files = readdirSync(HISTORIES, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.json'));

test('there are histories to replay', () => {
  expect(files).not.toEqual([]);
});

test.each(files)('%s is replayed by the workflows of today', async (file) => {
  const { workflowId, history } = JSON.parse(readFileSync(`${HISTORIES}${file}`, 'utf8')) as {
    workflowId: string;
    history: unknown;
  };
  const workflowBundle = { codePath: workflowCode() };
  await expect(Worker.runReplayHistory({ workflowBundle }, history, workflowId)).resolves.toBeUndefined();
});
