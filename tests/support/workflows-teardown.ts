import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { workflowCode } from './workflow-code.ts';

/** Jest's globalTeardown of the project `workflows`. */
export default function tearDownWorkflows(): void {
  rmSync(dirname(workflowCode()), { recursive: true });
}
