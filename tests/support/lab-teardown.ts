import { leaveLab, testLabDirectory } from './lab-users.ts';

/** Jest's globalTeardown of the project `lab`: no server that the tests started outlives them. */
export default async function tearDownLab(): Promise<void> {
  await leaveLab(testLabDirectory());
}
