/** The variable that says where the workflows are bundled. */
export const WORKFLOW_CODE = 'WINDLASS_TEST_WORKFLOWS';

/** The file with the workflows as they are now, which a test's worker carries out. */
export function workflowCode(): string {
  const path = process.env[WORKFLOW_CODE];
  if (path === undefined) throw new Error(`${WORKFLOW_CODE} is not set: these tests belong to the project workflows`);
  return path;
}
