/** One opening of the gate of a step, as a worker has put it on record. */
export interface Opening {
  /** Its number: higher than that of every opening before it in the same run. */
  readonly opening: number;
  /** Of the plan that is shown; of a bare approval, one of its own. */
  readonly changeDigest: string;
  /** What approving does without, word for word; null where nothing is missing. */
  readonly waives: string | null;
}
