import { createHash } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import type { Node } from 'libpg-query';
import { WindlassFailure } from '../../domain/failure.ts';
import { parseStatement, SyntaxProblem } from '../sql/grammar.ts';
import type { Position } from '../sql/position.ts';
import { Splitter, type Piece } from '../sql/splitter.ts';
import { directivesOf, HEAD_BYTES, type Directives } from './directives.ts';
import { hazards, type Hazard } from './lint/hazards.ts';
import { losses, type Loss } from './lint/losses.ts';
import { changesLookup, madeDomain, madeView, renaming, rolesTaken, type Renaming } from './lint/names.ts';
import { silencing } from './lint/silence.ts';
import { SameFile } from './lint/same-file.ts';
import { outsideOnly, refusal } from './lint/outside.ts';
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
  readonly hazards: readonly (Placed<Hazard> & { readonly silenced: boolean })[];
  readonly renamed: readonly Placed<Renaming>[];
  /** From where on names without a schema may mean other tables; null where they never do. */
  readonly lookup: Position | null;
  /** Statements whose code is text, which nobody looks into. */
  readonly opaque: number;
  /** Names without schema of the domains and materialized views that it makes, and of the roles that it takes on. */
  readonly made: { readonly domains: readonly string[]; readonly views: readonly string[] };
  readonly roles: readonly string[];
  /** Warnings silenced in place: the code, and the line of the statement that it is for. */
  readonly silenced: ReadonlyMap<number, readonly string[]>;
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
  const key = `${content.path} ${content.sha256} ${migration.path}`;
  const before = known.get(key);
  if (before !== undefined) {
    const standIn = content.standIn ?? before.script.directives.standIn;
    return { ...before, script: { ...before.script, migration, content, standIn } };
  }
  const reading = new Reading(content.path);
  const splitter = new Splitter();
  for await (const chunk of content.stream()) {
    signal.throwIfAborted();
    // Small bites, with time for heartbeats in between.
    for (let at = 0; at < chunk.length; at += BITE) {
      const bite = chunk.subarray(at, at + BITE);
      reading.head(bite);
      for (const piece of splitter.push(bite)) await reading.take(piece);
      if (chunk.length > BITE) await turn();
    }
  }
  for (const piece of splitter.end()) await reading.take(piece);
  const examined = reading.done(migration, content);
  if (examined.problems.length === 0) remember(key, examined);
  return examined;
}

const BITE = 256 * 1024;

class Reading {
  readonly #path: string;
  readonly #problems: string[] = [];
  readonly #losses: Placed<Loss>[] = [];
  readonly #hazards: Placed<Hazard>[] = [];
  readonly #renamed: Placed<Renaming>[] = [];
  readonly #domains: string[] = [];
  readonly #views: string[] = [];
  readonly #roles: string[] = [];
  readonly #sameFile = new SameFile();
  #text: Buffer[] = [];
  #lookup: Position | null = null;
  #parts: Part[] | null = [];
  #head: Buffer = Buffer.alloc(0);
  #directives: Directives | null = null;
  readonly #hash = createHash('sha256');
  #bytes = 0;
  #statements = 0;
  #opaque = 0;

  constructor(path: string) {
    this.#path = path;
  }

  head(chunk: Buffer): void {
    this.#bytes += chunk.length;
    this.#hash.update(chunk);
    if (this.#head.length < HEAD_BYTES) this.#head = Buffer.concat([this.#head, chunk.subarray(0, HEAD_BYTES)]);
    if (this.#bytes > DATA_FILE) {
      this.#parts = null;
      this.#text = [];
    } else this.#text.push(Buffer.from(chunk));
  }

  async take(piece: Piece): Promise<void> {
    if (piece.kind === 'statement') {
      this.#statements += 1;
      const node = await this.#parsed(piece);
      if (node !== null) this.#look(node, piece.at);
      // A parse tree is large, and needed again only to find out what an interruption left.
      const traits = node === null ? {} : { traits: traitsOf(node, piece.sql) };
      this.#parts?.push(
        node !== null && this.#directivesNow().noTransaction ? { ...piece, ...traits, node } : { ...piece, ...traits },
      );
    } else if (piece.kind === 'refused') this.#wrong(piece.at, piece.why);
    else this.#parts?.push(piece);
  }

  done(migration: Migration, content: Content): Examined {
    const directives = this.#directivesNow();
    if (directives.noTransaction && this.#parts === null)
      this.#problems.push(`${this.#path}: a file of more than 16 MB must run in one transaction`);
    const lines = (this.#parts ?? []).flatMap((part) => (part.kind === 'statement' ? part.at.line : []));
    const { silenced, problems } = silencing(Buffer.concat(this.#text).toString('utf8'), this.#path, lines);
    this.#problems.push(...problems);
    const script: Script = {
      migration,
      content,
      standIn: content.standIn ?? directives.standIn,
      directives,
      statements: this.#statements,
      bytes: this.#bytes,
      sha256: this.#hash.digest('hex'),
      losses: this.#losses,
      hazards: this.#hazards.map((hazard) => ({
        ...hazard,
        silenced: silenced.get(hazard.at.line)?.includes(hazard.code) ?? false,
      })),
      renamed: this.#renamed,
      lookup: this.#lookup,
      opaque: this.#opaque,
      made: { domains: this.#domains, views: this.#views },
      roles: this.#roles,
      silenced,
      parts: this.#parts,
    };
    return { script, problems: this.#problems };
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

  #look(node: Node, at: Position): void {
    const refused = refusal(node);
    const outside = outsideOnly(node);
    if (refused !== null) this.#wrong(at, refused);
    else if (outside !== null && !this.#directivesNow().noTransaction) {
      this.#wrong(at, `${outside} cannot run in a transaction: begin the file with \`-- windlass: no-transaction\``);
    }
    const place = <T>(found: readonly T[]): readonly Placed<T>[] => found.map((one) => ({ ...one, at }));
    if (this.#losses.length < AT_MOST) this.#losses.push(...place(losses(node)));
    if (this.#hazards.length < AT_MOST)
      this.#hazards.push(
        ...place([...hazards(node), ...(this.#directivesNow().noTransaction ? [] : this.#sameFile.hazards(node))]),
      );
    const renamed = renaming(node);
    if (renamed !== null) this.#renamed.push({ ...renamed, at });
    if (changesLookup(node)) this.#lookup ??= at;
    this.#roles.push(...rolesTaken(node));
    this.#domains.push(...madeDomain(node));
    this.#views.push(...madeView(node));
    if ('DoStmt' in node || 'CallStmt' in node) this.#opaque += 1;
  }

  /** Read once the first statement is there: by then all comments before it are. */
  #directivesNow(): Directives {
    if (this.#directives === null) {
      const { directives, problems } = directivesOf(this.#head.toString('utf8'), this.#path);
      this.#directives = directives;
      this.#problems.push(...problems);
    }
    return this.#directives;
  }

  #wrong(at: Position, why: string): void {
    if (this.#problems.length < AT_MOST) this.#problems.push(`${at.in(this.#path)}: ${why}`);
  }
}

/** The pieces of a script once more; what is streamed again must be what was examined. */
export async function* piecesOf({ parts, content, sha256 }: Script): AsyncGenerator<Piece> {
  if (parts !== null) {
    yield* parts;
    return;
  }
  const splitter = new Splitter();
  const hash = createHash('sha256');
  for await (const chunk of content.stream()) {
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
