import type { EvidenceHow } from './evidence.ts';

/** When a run reads its measures: before its first change, and after its last. */
export type Moment = 'before' | 'after';

/** How a measure is called. */
export interface MeasureName {
  readonly name: string;
  /** What people read. */
  readonly title: string;
  readonly unit?: string;
  /** Which way is progress; absent: neither. */
  readonly better?: 'higher' | 'lower';
}

/** A measure as people write it: its title may be absent. */
interface Named {
  readonly name: string;
  readonly title?: string | undefined;
  readonly unit?: string | undefined;
  readonly better?: MeasureName['better'] | undefined;
}

export function measureName({ name, title = name, unit, better }: Named): MeasureName {
  return {
    ...{ name, title },
    ...(unit === undefined ? {} : { unit }),
    ...(better === undefined ? {} : { better }),
  };
}

/** A measure as it was read once. */
export interface Measured {
  /** Finite; null when it is unknown. */
  readonly value: number | null;
  /** Why it is unknown, as the rest of a sentence: `refused the connection`; absent where it is known. */
  readonly why?: string;
  /** Absent for what is real. */
  readonly how?: Exclude<EvidenceHow, 'real'>;
  /** ISO 8601 in UTC. */
  readonly time: string;
}

/** What the record keeps of a measure at one moment. */
export interface MeasureReading extends MeasureName, Measured {
  /** What was asked of whom, free of secrets. */
  readonly source: string;
}

/** A measure of a run as it stands; null for what was not read. */
export interface MeasureStatus extends MeasureName {
  readonly before: Measured | null;
  readonly after: Measured | null;
}

/** Most characters that are kept of why a measure is unknown: all of them are in each status. */
const LONGEST_WHY = 300;

/** What is known of a measure that could not be read. @param why as in `Measured`. */
export function unknown(why: string, time: string): Measured {
  return { value: null, why: why.length > LONGEST_WHY ? `${why.slice(0, LONGEST_WHY)}…` : why, time };
}

/** The measures of a run out of what was read at each moment, in the order in which they were read. */
export function measureStatuses(read: Readonly<Partial<Record<Moment, readonly MeasureReading[]>>>): MeasureStatus[] {
  const names = new Map<string, MeasureName>();
  for (const one of [...(read.before ?? []), ...(read.after ?? [])]) names.set(one.name, measureName(one));
  const at = (moment: Moment, name: string) => measuredIn(read[moment]?.find((one) => one.name === name));
  return [...names.values()].map((named) => ({
    ...named,
    before: at('before', named.name),
    after: at('after', named.name),
  }));
}

function measuredIn(reading: MeasureReading | undefined): Measured | null {
  if (reading === undefined) return null;
  const { value, why, how, time } = reading;
  return { value, ...(why === undefined ? {} : { why }), ...(how === undefined ? {} : { how }), time };
}

/** What became of a measure from before to after. */
export type Progress = 'better' | 'worse' | 'changed' | 'same';

/** Null where one of the two is not known. */
export function progressOf({ before, after, better }: MeasureStatus): Progress | null {
  const [from, to] = [before?.value ?? null, after?.value ?? null];
  if (from === null || to === null) return null;
  if (from === to) return 'same';
  if (better === undefined) return 'changed';
  return to > from === (better === 'higher') ? 'better' : 'worse';
}

/** A measure at one moment, for people: `76 pods`, `145 GiB`, `unknown`, nothing for what was not read. */
export function measuredText(measured: Measured | null, unit?: string): string {
  if (measured === null) return '';
  if (measured.value === null) return 'unknown';
  const how = measured.how === undefined ? '' : ` (${measured.how})`;
  return `${numberText(measured.value, unit)}${how}`;
}

/** What became of it, for people: `+56, better`; nothing where that cannot be told. */
export function progressText(status: MeasureStatus): string {
  const progress = progressOf(status);
  if (progress === null) return '';
  if (progress === 'same') return 'unchanged';
  const difference = (status.after?.value ?? 0) - (status.before?.value ?? 0);
  const words = `${difference > 0 ? '+' : '−'}${numberText(Math.abs(difference), status.unit)}`;
  return progress === 'changed' ? words : `${words}, ${progress}`;
}

const BYTES = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

function numberText(value: number, unit?: string): string {
  if (unit !== 'bytes') return `${rounded(value)}${unit === undefined ? '' : ` ${unit}`}`;
  const power = Math.min(BYTES.length - 1, Math.abs(value) < 1 ? 0 : Math.floor(Math.log2(Math.abs(value)) / 10));
  return `${rounded(value / 1024 ** power)} ${BYTES[power] ?? ''}`;
}

/** Whole numbers with all their digits, others with three behind the point. */
function rounded(value: number): string {
  return String(Number.isInteger(value) ? value : Number(value.toFixed(3)));
}
