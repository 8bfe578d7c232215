import { createHash } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import type { Node } from 'libpg-query';
import { WindlassFailure } from '../../domain/failure.ts';
import { migrationSettings } from '../../domain/migration-settings.ts';
import { TextCheck, type NotText } from '../../domain/text-check.ts';
import { parseStatement, SyntaxProblem } from '../sql/grammar.ts';
import { Position } from '../sql/position.ts';
import { Section } from '../sql/section.ts';
import { Splitter, type Piece } from '../sql/splitter.ts';
import type { Directives, Silence } from './directives.ts';
import type { WarningCode } from './lint/codes.ts';
import { routineMade, routinesRun, type Routine } from './lint/code.ts';
import { hazards, type Hazard } from './lint/hazards.ts';
import { beyond, type Beyond } from './lint/beyond.ts';
import { losses, picked, type Loss } from './lint/losses.ts';
import { changesLookup, madeType, madeView, renaming, rolesTaken, type Renaming } from './lint/names.ts';
import { hooksOf, writesOf, type Hook, type Write } from './lint/fires.ts';
import { SameFile } from './lint/same-file.ts';
import { isOfUse } from './lint/session.ts';
import { MannerReader } from './manner.ts';
import type { Content, Migration } from '../migration.ts';
import { traitsOf, type Traits } from './rehearsal/traits.ts';

/** Larger files are data files: they are read twice rather than held. Bytes. */
const DATA_FILE = 16 * 2 ** 20;
/** A statement with rows in it this long is left to the server: its parse tree takes several hundred times as much. */
const LONG_INSERT = 2 ** 20;
/** Kept of each list; a data file of a million statements must not fill the memory with what is wrong with them. */
const AT_MOST = 1_000;

type Placed<T> = T & { readonly at: Position };

/** A file that was read through once, statement by statement, with PostgreSQL's own grammar. */
export interface Script {
  readonly migration: Migration;
  readonly content: Content;
  /** Why it only stands in for the real one; null when it is the real one. */
  readonly standIn: string | null;
  readonly directives: Directives;
  readonly statements: number;
  readonly bytes: number;
  /** SHA-256 in hex of what was read. */
  readonly sha256: string;
  readonly losses: readonly Placed<Loss>[];
  /** What it does to more than tables. */
  readonly beyond: readonly Placed<Beyond>[];
  readonly hazards: readonly (Placed<Hazard> & { readonly silenced: boolean })[];
  readonly renamed: readonly Placed<Renaming>[];
  /** From where on names without a schema may mean other tables; null where they never do. */
  readonly lookup: Position | null;
  /** Statements whose code is text, which nobody looks into. */
  readonly opaque: number;
  /** Statements that run routines which the database or the files may have, by their names without schema. */
  readonly runs: readonly { readonly at: Position; readonly routines: readonly string[] }[];
  /** Names without schema of the types, domains left out, and the materialized views that it makes, its routines, triggers and rules. */
  readonly made: {
    readonly types: readonly string[];
    readonly views: readonly string[];
    readonly routines: readonly Routine[];
    readonly hooks: readonly Placed<Hook>[];
  };
  /** Tables that it writes to, each where it does so first. */
  readonly writes: readonly Placed<Write>[];
  /** Roles that it takes on. */
  readonly roles: readonly string[];
  /** Warnings silenced in place: the code, and the line of the statement that it is for. */
  readonly silenced: ReadonlyMap<number, readonly string[]>;
  /** The isolation level that the file asks for; null for the usual one. */
  readonly isolation: string | null;
  /** Whether it takes advisory locks for its session, as far as anybody can see. */
  readonly locks: boolean;
  /** Whether the same file says how it is taken back. */
  readonly takesBack: boolean;
  /** The pieces with the parsed statements; null for a data file. */
  readonly parts: readonly Part[] | null;
}

export type Part = Piece & { readonly node?: Node; readonly traits?: Traits };

/** What came of reading: the script, and every place that cannot run, as `path:line:column: why`. */
export interface Examined {
  readonly script: Script;
  readonly problems: readonly string[];
}

/** What was read through already, by path and digest: a plan and its apply are often one process. */
const known = new Map<string, Examined>();
/** Bytes of files whose pieces are kept that way. */
const KEPT_AT_MOST = 32 * 2 ** 20;
let kept = 0;

function remember(key: string, examined: Examined): void {
  const size = examined.script.parts === null ? 0 : examined.script.bytes;
  if (kept + size > KEPT_AT_MOST || known.size > 1_000) {
    known.clear();
    kept = 0;
  }
  kept += size;
  known.set(key, examined);
}

/** Reads a migration through once and touches nothing. @throws WindlassFailure of what must be fetched or read. */
export async function examine(migration: Migration, signal: AbortSignal): Promise<Examined> {
  const content = await migration.open(signal);
  const { path, section: way, ofOtherTool, settings } = migration;
  const key = [content.path, content.sha256, path, way ?? '', String(ofOtherTool), settings?.sha256 ?? ''].join(' ');
  const before = known.get(key);
  if (before !== undefined) {
    const standIn = content.standIn ?? before.script.directives.standIn;
    return { ...before, script: { ...before.script, migration, content, standIn } };
  }
  const section = migration.section === null ? null : new Section(migration.section);
  const told = settings === null ? null : migrationSettings(await settings.read());
  const reading = new Reading(content.path, migration, told?.noTransaction ?? false);
  const splitter = new Splitter();
  for await (const chunk of sectionOf(content, section)) {
    signal.throwIfAborted();
    // Small bites, with time for heartbeats in between.
    for (let at = 0; at < chunk.length; at += BITE) {
      const bite = chunk.subarray(at, at + BITE);
      reading.bytes(bite);
      for (const piece of splitter.push(bite)) await reading.take(piece);
      if (chunk.length > BITE) await turn();
    }
  }
  for (const piece of splitter.end()) await reading.take(piece);
  const read = reading.done(content, section?.hasDown ?? false);
  const wrong = (told?.problems ?? []).map(({ line, why }) => `${settings?.path ?? ''}:${line}:1: ${why}`);
  const examined = { ...read, problems: [...read.problems, ...wrong] };
  if (examined.problems.length === 0) remember(key, examined);
  return examined;
}

/** The bytes of a content, of one section alone where it is to be one. */
async function* sectionOf(content: Content, section: Section | null): AsyncGenerator<Buffer> {
  if (section === null) {
    yield* content.stream();
    return;
  }
  for await (const chunk of content.stream()) yield section.push(chunk);
  yield section.push(Buffer.alloc(0), true);
}

const BITE = 256 * 1024;

class Reading {
  readonly #path: string;
  readonly #problems: string[] = [];
  readonly #losses: Placed<Loss>[] = [];
  readonly #beyond: Placed<Beyond>[] = [];
  readonly #hazards: Placed<Hazard>[] = [];
  readonly #renamed: Placed<Renaming>[] = [];
  readonly #types: string[] = [];
  readonly #views: string[] = [];
  readonly #routines: Routine[] = [];
  readonly #runs: Script['runs'][number][] = [];
  readonly #writes: Placed<Write>[] = [];
  readonly #written = new Set<string>();
  readonly #hooks: Placed<Hook>[] = [];
  readonly #roles: string[] = [];
  readonly #sameFile = new SameFile();
  #lookup: Position | null = null;
  #parts: Part[] | null = [];
  readonly #manner: MannerReader;
  readonly #migration: Migration;
  readonly #check = new TextCheck();
  readonly #hash = createHash('sha256');
  #bytes = 0;
  #statements = 0;
  #opaque = 0;

  /** @param noTransaction whether its tool is told so, beside the file. */
  constructor(path: string, migration: Migration, noTransaction: boolean) {
    this.#path = path;
    this.#migration = migration;
    this.#manner = new MannerReader(migration, noTransaction);
  }

  bytes(chunk: Buffer): void {
    this.#bytes += chunk.length;
    this.#hash.update(chunk);
    this.#noText(this.#check.push(chunk));
    if (this.#bytes > DATA_FILE) this.#parts = null;
  }

  async take(piece: Piece): Promise<void> {
    if (piece.kind === 'statement') {
      this.#statements += 1;
      const node = await this.#parsed(piece);
      this.#manner.statement(node, piece.at);
      if (node !== null) await this.#look(node, piece);
      // A parse tree is large, and most are needed no more.
      const traits = node === null ? {} : { traits: traitsOf(node, piece.sql) };
      this.#parts?.push(node !== null && isOfUse(node) ? { ...piece, ...traits, node } : { ...piece, ...traits });
    } else if (piece.kind === 'refused') this.#wrong(piece.at, piece.why);
    else if (piece.kind === 'comment') this.#manner.comment(piece);
    else this.#parts?.push(piece);
  }

  /** @param takesBack whether the file has a section that takes it back. */
  done(content: Content, takesBack: boolean): Examined {
    const migration = this.#migration;
    this.#noText(this.#check.end());
    if (migration.section === 'down' && this.#statements === 0)
      this.#problems.push(`${this.#path}: it has no section that takes it back`);
    const { directives, isolation, locks, silences, problems } = this.#manner.done();
    for (const { at, why } of problems) this.#wrong(at, why);
    if (directives.noTransaction && this.#parts === null)
      this.#problems.push(`${this.#path}: a file of more than 16 MB must run in one transaction`);
    const lines = (this.#parts ?? []).flatMap((part) => (part.kind === 'statement' ? part.at.line : []));
    const silenced = silencedBy(silences, lines);
    const script: Script = {
      migration,
      content,
      standIn: content.standIn ?? directives.standIn,
      directives,
      statements: this.#statements,
      bytes: this.#bytes,
      sha256: this.#hash.digest('hex'),
      losses: this.#losses,
      beyond: this.#beyond,
      hazards: this.#hazards.map((hazard) => ({
        ...hazard,
        silenced: silenced.get(hazard.at.line)?.includes(hazard.code) ?? false,
      })),
      renamed: this.#renamed,
      lookup: this.#lookup,
      opaque: this.#opaque,
      runs: this.#runs,
      made: { types: this.#types, views: this.#views, routines: this.#routines, hooks: this.#hooks },
      writes: this.#writes,
      roles: this.#roles,
      silenced,
      isolation,
      locks: locks || this.#opaque > 0,
      parts: this.#parts,
      takesBack,
    };
    return { script, problems: this.#problems };
  }

  #noText(wrong: NotText | null): void {
    if (wrong !== null) this.#wrong(new Position(wrong.at.line, wrong.at.column), wrong.why);
  }

  async #parsed({ sql, at }: Extract<Piece, { kind: 'statement' }>): Promise<Node | null> {
    if (sql.length > LONG_INSERT && /^insert\s/i.test(sql)) return null;
    try {
      return await parseStatement(sql);
    } catch (error) {
      if (!(error instanceof SyntaxProblem)) throw error;
      this.#wrong(at.within(sql, error.character), error.message);
      return null;
    }
  }

  async #look(node: Node, { at, sql }: Pick<Extract<Piece, { kind: 'statement' }>, 'at' | 'sql'>): Promise<void> {
    const place = <T>(found: readonly T[]): readonly Placed<T>[] => found.map((one) => ({ ...one, at }));
    if (this.#losses.length < AT_MOST) this.#losses.push(...place([...losses(node), ...(await picked(node, sql))]));
    if (this.#beyond.length < AT_MOST) this.#beyond.push(...place(beyond(node, sql)));
    // The first place is what counts.
    const fresh = writesOf(node).filter((write) => !this.#written.has(JSON.stringify(write)));
    for (const write of fresh) this.#written.add(JSON.stringify(write));
    if (this.#writes.length < AT_MOST) this.#writes.push(...place(fresh));
    if (this.#hazards.length < AT_MOST)
      this.#hazards.push(
        ...place([...hazards(node), ...(this.#manner.saysNoTransaction ? [] : this.#sameFile.hazards(node))]),
      );
    const renamed = renaming(node);
    if (renamed !== null) this.#renamed.push({ ...renamed, at });
    if (changesLookup(node)) this.#lookup ??= at;
    this.#roles.push(...rolesTaken(node));
    this.#types.push(...madeType(node));
    this.#views.push(...madeView(node));
    this.#routines.push(...routineMade(node, sql));
    this.#hooks.push(...place(hooksOf(node, sql)));
    const routines = routinesRun(node);
    if (routines.length > 0 && this.#runs.length < AT_MOST) this.#runs.push({ at, routines });
    if ('DoStmt' in node || 'CallStmt' in node) this.#opaque += 1;
  }

  #wrong(at: Position, why: string): void {
    if (this.#problems.length < AT_MOST) this.#problems.push(`${at.in(this.#path)}: ${why}`);
  }
}

/** The codes that are silenced for the statement which begins next after a comment, by its line. */
function silencedBy(
  silences: readonly Silence[],
  lines: readonly number[],
): ReadonlyMap<number, readonly WarningCode[]> {
  const silenced = new Map<number, readonly WarningCode[]>();
  for (const { line, codes } of silences) {
    const next = lines.find((one) => one > line);
    if (next !== undefined) silenced.set(next, [...(silenced.get(next) ?? []), ...codes]);
  }
  return silenced;
}

/**
 * The pieces of a script once more; what is streamed again must be what was examined.
 *
 * @throws WindlassFailure `BundleCorrupt` when the file changed since; when its content cannot be read.
 */
export async function* piecesOf({ parts, content, sha256, migration }: Script): AsyncGenerator<Piece> {
  if (parts !== null) {
    yield* parts;
    return;
  }
  const splitter = new Splitter();
  const hash = createHash('sha256');
  const section = migration.section === null ? null : new Section(migration.section);
  for await (const chunk of sectionOf(content, section)) {
    hash.update(chunk);
    yield* splitter.push(chunk);
  }
  yield* splitter.end();
  if (hash.digest('hex') !== sha256) {
    throw new WindlassFailure('BundleCorrupt', 'The file changed while it was read.', {
      object: content.path,
      next: 'Keep the file as it is and retry; its transaction was rolled back.',
    });
  }
}

/** SHA-256 in hex of a statement, as the journal keeps it. */
export function digestOf(sql: string): string {
  return createHash('sha256').update(sql).digest('hex');
}
