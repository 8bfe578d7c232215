import { toolProgress } from '../../src/lab/index.ts';
import { enterLab, testLabDirectory } from './lab-users.ts';

/** Jest's globalSetup of the project `lab`: the lab is up and its variables are set before any test file is read. */
export default async function setUpLab(): Promise<void> {
  const tools = toolProgress();
  Object.assign(process.env, await enterLab(testLabDirectory(), { onToolProgress: tools.tell }));
  tools.end();
}
