/**
 * One kind of finding: the fields of what is claimed (`About`), those of what was seen (`Observed`), and the sentence that
 * people read, which is made from the fields here and nowhere else. Both are plain JSON.
 */
export interface EvidenceKind<About, Observed> {
  /** What it is about: `Deployment platform/api`, `database dolphinscheduler`. */
  readonly subject: (about: About, observed: Observed) => string;
  /** Whether a step goes on though such a claim does not hold: it is told, and is no reason to park. */
  readonly advises?: true;
  /** What is claimed: `ready with 6 of 6 replicas`, `54 tables like t_ds_%`. */
  readonly claim: (about: About, observed: Observed, holds: boolean) => string;
}

/** Declares a kind. */
export function kind<About, Observed>(words: EvidenceKind<About, Observed>): EvidenceKind<About, Observed> {
  return words;
}

/** Something that lives in a namespace of a cluster. */
export interface Placed {
  readonly namespace: string;
  readonly name: string;
}

/** `velero/nightly` */
export function placeOf({ namespace, name }: Placed): string {
  return `${namespace}/${name}`;
}
