/** How far the getting of tools has come; told about once a second while something is under way. */
export interface ToolProgress {
  /** What is being worked on: a tool, or the set that is built together. */
  readonly what: string;
  /** In words: `building`, `waiting for process 4711, which builds it`. */
  readonly doing: string;
  readonly done: number;
  readonly of: number;
  readonly elapsedMs: number;
  /** The last sign of life, such as the package being compiled. */
  readonly detail?: string;
}

export type OnToolProgress = (progress: ToolProgress) => void;

export function progressLine({ what, doing, done, of, elapsedMs, detail }: ToolProgress): string {
  const seconds = Math.round(elapsedMs / 1000);
  const time = seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${String(seconds % 60).padStart(2, '0')}s`;
  return `${what}: ${doing}, ${done} of ${of}, ${time}${detail === undefined ? '' : ` (${detail})`}`;
}
