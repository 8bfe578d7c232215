import { unknown, type Measured, type MeasureName, type MeasureStatus, type Moment } from '../domain/measured.ts';

/** A measure without what only the record keeps. */
export type Read = MeasureName & Measured;

/** What a run has measured so far. */
export class Measurements {
  #measures: readonly MeasureStatus[] = [];

  /** Whether there is anything to measure. */
  get any(): boolean {
    return this.#measures.length > 0;
  }

  open(names: readonly MeasureName[]): void {
    this.#measures = names.map((name) => ({ ...name, before: null, after: null }));
  }

  /** As a run before has measured. */
  recall(measures: readonly MeasureStatus[]): void {
    this.#measures = measures;
  }

  get all(): readonly MeasureStatus[] {
    return this.#measures;
  }

  /** Takes in what was read; what was not read is unknown. @param why it was not read. */
  take(moment: Moment, readings: readonly Read[], why: string): void {
    const read = new Map(readings.map((reading) => [reading.name, reading]));
    const time = new Date().toISOString();
    this.#measures = this.#measures.map((measure) => {
      const found = read.get(measure.name);
      return { ...measure, [moment]: found === undefined ? unknown(why, time) : measuredOf(found) };
    });
  }

  /** As part of the status of a rollout. */
  status(): { readonly measures?: readonly MeasureStatus[] } {
    return this.any ? { measures: this.#measures } : {};
  }

  /** Whether the run has measured at this moment. */
  has(moment: Moment): boolean {
    return this.#measures.some((measure) => measure[moment] !== null);
  }
}

function measuredOf({ value, why, how, time }: Read): Measured {
  return { value, ...(why === undefined ? {} : { why }), ...(how === undefined ? {} : { how }), time };
}
