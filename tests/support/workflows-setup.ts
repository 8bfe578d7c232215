import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { WORKFLOWS } from '../../scripts/bundling.ts';
import { WORKFLOW_CODE } from './workflow-code.ts';

/** Jest's globalSetup of the project `workflows`: what takes seconds to be bundled is bundled once for all its files. */
export default async function setUpWorkflows(): Promise<void> {
  const { code } = await bundleWorkflowCode({ ...WORKFLOWS, logger: new DefaultLogger('ERROR') });
  const path = join(mkdtempSync(join(tmpdir(), 'windlass-workflows-')), 'workflows.js');
  writeFileSync(path, code);
  process.env[WORKFLOW_CODE] = path;
}
