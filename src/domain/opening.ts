/** One opening of the gate of a step, as a worker has put it on record. */
export interface Opening {
  /** Its number: higher than that of every opening before it in the same run. */
  readonly opening: number;
  /** Of the plan that is shown; of a bare approval, one of its own. */
  readonly changeDigest: string;
  /** What approving does without, word for word; null where nothing is missing. */
  readonly waives: string | null;
}

/** What a gate misses, in words each; null where nothing is missing. */
export interface Lacks {
  /** A proven backup. */
  readonly proof: string | null;
  /** How ready the platform must be. */
  readonly readiness: string | null;
}

/** Both in one sentence, which whoever approves must repeat word for word; null where nothing is missing. */
export function waivesOf({ proof, readiness }: Lacks): string | null {
  const lacks = [proof, readiness].filter((one) => one !== null);
  return lacks.length === 0 ? null : lacks.join('; ');
}
