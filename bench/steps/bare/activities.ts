export interface BareActivities {
  /** Applies the object of a step. */
  request(step: number): Promise<void>;
}
