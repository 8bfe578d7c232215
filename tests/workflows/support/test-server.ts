import { toolPath } from '../../../src/lab/tools/ensure.ts';

/** The time-skipping server as the lab's tools give it; the SDK's own download is of no use behind a closed network. */
export function testServerPath(): Promise<string> {
  return toolPath('temporal-test-server');
}
