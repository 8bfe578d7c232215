import { fits } from '../domain/pattern.ts';

/** Faults that somebody answers for, until a day. */
export interface Exemption {
  /** Ids of checks. */
  readonly checks: readonly string[];
  /** What the faults are in, as findings name it; `*` stands for any characters. */
  readonly subject: string;
  readonly reason: string;
  readonly owner: string;
  /** Milliseconds since the epoch from which on it counts no more. */
  readonly until: number;
  /** Whether it may match nothing. */
  readonly optional?: boolean | undefined;
}

/** An exemption, and what it came to. */
export interface JudgedExemption {
  readonly exemption: Exemption;
  /** How many faults it is for. */
  readonly matched: number;
  readonly lapsed: boolean;
}

/** The exemptions that are for a fault, lapsed ones too. */
export function coveredBy(exemptions: readonly Exemption[], check: string, where: string): readonly Exemption[] {
  return exemptions.filter(({ checks, subject }) => checks.includes(check) && fits(subject, where));
}

export function judgedExemptions(
  exemptions: readonly Exemption[],
  used: ReadonlyMap<Exemption, number>,
  now: number,
): readonly JudgedExemption[] {
  return exemptions.map((exemption) => ({
    exemption,
    matched: used.get(exemption) ?? 0,
    lapsed: exemption.until <= now,
  }));
}

/** `restores roles (platform, until 2027-01-01)` */
export function labelledExemption({ reason, owner, until }: Exemption): string {
  return `${reason} (${owner}, until ${new Date(until).toISOString().slice(0, 10)})`;
}
