import { canonicalVersion, parseMigrationName, words, type MigrationName } from './migration-name.ts';

/**
 * How the files of a directory are named, each after the tool that names them so:
 * - `flyway`: `V1.2__x.sql`, `V1_2__x.sql`, `U1.2__x.sql`, `R__x.sql`, in directories below as well
 * - `golang-migrate`: `000001_x.up.sql`, `000001_x.down.sql`; sqlx and others do so, too
 * - `prisma`: `20240131120000_x/migration.sql`
 * - `diesel`: `2024-01-31-120000_x/up.sql`, `.../down.sql`; Hasura does so, too
 * - `numbered`: `0001_x.sql`, `20240131120000-x.sql`, as goose, dbmate, Supabase, Drizzle and many others do
 */
export const NAMINGS = ['flyway', 'golang-migrate', 'prisma', 'diesel', 'numbered'] as const;
export type Naming = (typeof NAMINGS)[number];

/** A file of a directory whose name says what it is. */
export interface NamedFile extends MigrationName {
  /** In the rollout directory. */
  readonly path: string;
  /** What the ledger calls it: its name, with that of its folder where each file has one. */
  readonly name: string;
}

/** The files of a directory of migrations, read as one naming has them. */
export interface NamedFiles {
  readonly naming: Naming;
  readonly files: readonly NamedFile[];
  /**
   * What the tools of this naming do not read either: files deeper down, and, where somebody gave the naming, files of other
   * names.
   */
  readonly passedOver: readonly string[];
  /** What is wrong with single names. */
  readonly problems: readonly { readonly path: string; readonly why: string }[];
}

/** A name before it is known whether its number is its alone. */
interface Candidate {
  readonly path: string;
  readonly naming: Naming;
  /** How many directories are between the one of the step and the file, or the folder that is the migration. */
  readonly depth: number;
  readonly name: string;
  readonly kind: MigrationName['kind'];
  /** Digits and dots; the whole version of a file of Flyway. */
  readonly number: string;
  readonly description: string;
}

const DATE = String.raw`\d{4}-\d{2}-\d{2}(?:-\d{2,6})?(?!\d)`;
const PAIR = new RegExp(String.raw`^(${DATE}|\d+)[_-](.*)\.(up|down)\.sql$`);
const PLAIN = new RegExp(String.raw`^(${DATE}|\d+(?:\.\d+)*)(?:[._ -]+(.*))?\.sql$`);
const FOLDER = /^(\d+(?:-\d+)*)(?:[_-](.*))?$/;

/** Flyway tells capitals from small letters, and passes such a file over without a word. */
const OTHER_CASE = /(?:^|\/)(?:[vu]\d[\d._]*|r)__[^/]+\.sql$/;
const WRONG_CASE =
  'Flyway passes a file over whose first letter is small: write it as a capital if the file is to run, take the file away, or ' +
  "give the step's source `naming: flyway`, which passes it over as Flyway does";

/**
 * Reads the names of the `.sql` files of a directory.
 *
 * @param directory that of the step; `paths` are in it, sorted.
 * @param given the naming that the step gives; absent means that which the names are of.
 */
export function nameMigrations(directory: string, paths: readonly string[], given?: Naming): NamedFiles {
  const read = paths.map((path) => ({ path, candidate: candidateOf(directory, path, given) }));
  const candidates = read.flatMap(({ candidate }) => candidate ?? []);
  const { naming, depth } = prevailing(candidates, given);
  const deeper = (path: string, candidate: Candidate | null): boolean =>
    naming !== 'flyway' && (candidate?.depth ?? depthOf(directory, path)) > depth;
  const own: Candidate[] = [];
  const passedOver: string[] = [];
  const problems: { path: string; why: string }[] = [];
  const of = candidates.filter((one) => one.naming === naming).length;
  for (const { path, candidate } of read) {
    if (deeper(path, candidate)) passedOver.push(path);
    else if (candidate?.naming === naming) own.push(candidate);
    else if (given !== undefined && given !== 'flyway') passedOver.push(path);
    else if (naming === 'flyway' && OTHER_CASE.test(path)) {
      if (given === 'flyway') passedOver.push(path);
      else problems.push({ path, why: WRONG_CASE });
    } else problems.push({ path, why: wrongName(naming, candidate?.naming ?? null, of) });
  }
  const { files, twice } = versions(own, naming);
  return { naming, files, passedOver, problems: [...problems, ...twice] };
}

function depthOf(directory: string, path: string): number {
  return relative(directory, path).split('/').length - 1;
}

function relative(directory: string, path: string): string {
  const base = directory.replace(/^\.\//, '').replace(/\/$/, '');
  return path.startsWith(`${base}/`) ? path.slice(base.length + 1) : path;
}

/** A path has one reading at most, so that no two namings claim it; given as numbered, pairs are numbered, too. */
function candidateOf(directory: string, path: string, given: Naming | undefined): Candidate | null {
  const parts = relative(directory, path).split('/');
  const name = parts.at(-1) ?? '';
  const depth = parts.length - 1;
  const flyway = parseMigrationName(name);
  if (flyway !== null) return { path, naming: 'flyway', depth, name, ...flyway, number: flyway.version };
  const folder = parts.at(-2);
  if (folder !== undefined && ['up.sql', 'down.sql', 'migration.sql'].includes(name)) {
    const [, number, description = ''] = FOLDER.exec(folder) ?? [];
    if (number === undefined) return null;
    const naming = name === 'migration.sql' ? 'prisma' : 'diesel';
    const kind = name === 'down.sql' ? 'down' : 'versioned';
    return { path, naming, depth: depth - 1, name: `${folder}/${name}`, kind, number: digits(number), description };
  }
  const [, paired, what = '', way] = PAIR.exec(name) ?? [];
  if (paired !== undefined) {
    const naming = given === 'numbered' ? given : 'golang-migrate';
    const kind = way === 'down' ? 'down' : 'versioned';
    return { path, naming, depth, name, kind, number: digits(paired), description: what };
  }
  const [, number, description = ''] = PLAIN.exec(name) ?? [];
  if (number === undefined) return null;
  return { path, naming: 'numbered', depth, name, kind: 'versioned', number: digits(number), description };
}

function digits(number: string): string {
  return canonicalVersion(number.replaceAll('-', ''));
}

/** The naming of most of the files that lie highest. */
function prevailing(candidates: readonly Candidate[], given: Naming | undefined): { naming: Naming; depth: number } {
  const asked = given === undefined ? candidates : candidates.filter(({ naming }) => naming === given);
  const depth = asked.reduce((least, one) => Math.min(least, one.depth), Infinity);
  if (given !== undefined) return { naming: given, depth };
  const count = (naming: Naming): number =>
    asked.filter((one) => one.naming === naming && (one.depth === depth || naming === 'flyway')).length;
  const most = NAMINGS.reduce((best, naming) => (count(naming) > count(best) ? naming : best));
  return { naming: most, depth };
}

const FORMS: Readonly<Record<Naming, string>> = {
  flyway: 'V<version>__, R__ or U<version>__<description>.sql, as in V1.2__add_index.sql',
  'golang-migrate': '<number>_<description>.up.sql or .down.sql, as in 000012_add_index.up.sql',
  prisma: '<number>_<description>/migration.sql, as in 20240131120000_add_index/migration.sql',
  diesel: '<number>_<description>/up.sql or /down.sql, as in 2024-01-31-120000_add_index/up.sql',
  numbered: '<number>_<description>.sql, as in 0012_add_index.sql',
};

function wrongName(naming: Naming, other: Naming | null, of: number): string {
  const form = `the name must be ${FORMS[naming]}`;
  if (other === null) return form;
  return (
    `the name is one of ${other}, while ${of} beside it are of ${naming}: keep them apart, or give the step's source a ` +
    `\`naming\` (${naming === 'golang-migrate' && other === 'numbered' ? 'numbered takes both' : `${naming} passes it over`}); ${form}`
  );
}

/** Files of one number are told apart by the rest of their names, but for those of Flyway, which has each number once. */
function versions(
  own: readonly Candidate[],
  naming: Naming,
): { files: readonly NamedFile[]; twice: NamedFiles['problems'] } {
  const up = own.filter(({ kind }) => kind === 'versioned');
  const shared = (number: string): boolean => up.filter((one) => one.number === number).length > 1;
  const numbers = new Set(naming === 'flyway' ? [] : up.map(({ number }) => number).filter(shared));
  const seen = new Map<string, string>();
  const twice: { path: string; why: string }[] = [];
  const files = own.map(({ path, name, kind, number, description }) => {
    const version = numbers.has(number) ? `${number}_${description}` : number;
    const before = seen.get(`${kind} ${version}`);
    if (before === undefined) seen.set(`${kind} ${version}`, name);
    else twice.push({ path, why: `version ${version} is that of ${before} too` });
    return { path, name, kind, version, description: words(description) };
  });
  return { files, twice };
}

/** The number of a version, without the rest of the name that tells it from others of that number. */
export function numberOf(version: string): string {
  const [number = ''] = /^\d+(?:\.\d+)*(?=_|$)/.exec(version) ?? [version];
  return number;
}

/** Whether somebody who writes this means that version. */
export function isVersion(written: string, version: string): boolean {
  return written === version || canonicalVersion(written) === version;
}
