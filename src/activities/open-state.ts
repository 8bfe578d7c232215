const OPEN: ReadonlySet<string> = new Set(['RUNNING', 'PAUSED']);

/** Whether a workflow goes on of which Temporal says this. */
export function isOpenState(status: string): boolean {
  return OPEN.has(status);
}
