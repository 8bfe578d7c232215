/** What the name of a migration file says. */
export interface MigrationName {
  /** Runs once, runs again whenever it changed, or takes back the versioned file of the same version. */
  readonly kind: 'versioned' | 'repeatable' | 'down';
  /**
   * Digits and dots without what does not count: leading zeros and trailing `.0`; equal versions are equal texts. That of
   * a repeatable file is its name, `R__views`.
   */
  readonly version: string;
  readonly description: string;
}

const NUMBERED = /^([VU])(\d+(?:[._]\d+)*)__(.+)\.sql$/;
const REPEATABLE = /^(R__(.+))\.sql$/;

/**
 * Reads `V<version>__<description>.sql`, `R__<description>.sql` or `U<version>__<description>.sql`, as Flyway names its
 * files; null when the name is of no such form. Underscores stand for dots in a version and for spaces elsewhere.
 */
export function parseMigrationName(name: string): MigrationName | null {
  const [, again, what] = REPEATABLE.exec(name) ?? [];
  if (again !== undefined && what !== undefined)
    return { kind: 'repeatable', version: again, description: words(what) };
  const [, letter, version, description] = NUMBERED.exec(name) ?? [];
  if (version === undefined || description === undefined) return null;
  return {
    kind: letter === 'U' ? 'down' : 'versioned',
    version: canonicalVersion(version.replaceAll('_', '.')),
    description: words(description),
  };
}

/** `01.2.0` as `1.2`. */
export function canonicalVersion(version: string): string {
  const parts = version.split('.').map((part) => part.replace(/^0+(?=\d)/, ''));
  while (parts.length > 1 && parts.at(-1) === '0') parts.pop();
  return parts.join('.');
}

/** Underscores and dashes as spaces. */
export function words(description: string): string {
  return description.replaceAll(/[_-]/g, ' ');
}
