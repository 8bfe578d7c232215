import type { DatabaseError } from 'pg';
import type { Session } from '../session.ts';
import type { Piece } from '../sql/splitter.ts';
import { Position } from '../sql/position.ts';

type Statement = Extract<Piece, { kind: 'statement' }>;

/** Told before each statement that is sent: how many came before, its place, and its first words. */
export type Told = (done: number, statement: Statement) => void;

/** Quick statements are sent together up to this many characters, to spare round trips. */
const BATCH = 64 * 1024;
/** The newline is for a statement that ends in a comment, which must not take in what follows. */
const BETWEEN = '\n;';
/**
 * What seldom waits for anybody. Anything else goes alone: the server tells how far it is in a message only when that is
 * done, and progress must name the statement that waits.
 */
const QUICK = /^(?:insert|comment|create\s+(?:table|sequence|type|schema|view))\s/i;

/**
 * Runs the pieces of a file one after the other on a session that is in a transaction.
 *
 * @throws WindlassFailure as `Session` does, at the place in the file; what `pieces` throws.
 */
export async function runPieces(
  session: Session,
  pieces: AsyncIterable<Piece>,
  path: string,
  told: Told,
): Promise<void> {
  const source = pieces[Symbol.asyncIterator]();
  const batch = new Batch(session, path, told);
  let done = 0;
  for (let next = await source.next(); next.done !== true; next = await source.next()) {
    const piece = next.value;
    if (piece.kind !== 'statement') continue;
    if (!batch.takes(piece)) await batch.send();
    if (piece.copies) {
      told(done, piece);
      await session.copy(piece.sql, rowsOf(source), (error) => placeOfRow(piece, error, path));
    } else batch.add(piece, done);
    done += 1;
  }
  await batch.send();
}

/** The rows of the COPY that was just met. */
async function* rowsOf(source: AsyncIterator<Piece>): AsyncGenerator<Buffer> {
  for (;;) {
    const next = await source.next();
    if (next.done === true || next.value.kind !== 'rows') return;
    yield next.value.bytes;
  }
}

/** The place the server named, else the beginning of the statement. */
function placeOf({ sql, at }: Statement, error: DatabaseError, path: string): string {
  const position = Number(error.position);
  return (position > 0 ? at.within(sql, position - 1) : at).in(path);
}

/** The line of the row that the server choked on, which it counts from the first one. */
function placeOfRow(statement: Statement, error: DatabaseError, path: string): string {
  const row = /\bline (\d+)/.exec(error.where ?? '')?.[1];
  if (row === undefined) return placeOf(statement, error, path);
  const { line } = statement.at.within(statement.sql, statement.sql.length);
  return new Position(line + Number(row), 1).in(path);
}

/** Statements that go to the server in one message. */
class Batch {
  readonly #session: Session;
  readonly #path: string;
  readonly #told: Told;
  #statements: Statement[] = [];
  #length = 0;
  /** How many statements came before the first of these. */
  #before = 0;
  /** Whether nothing may go with the first of these. */
  #alone = false;

  constructor(session: Session, path: string, told: Told) {
    this.#session = session;
    this.#path = path;
    this.#told = told;
  }

  /** Whether the statement may go with those that wait to be sent. */
  takes({ sql, copies }: Statement): boolean {
    const alone = copies || !QUICK.test(sql) || this.#alone;
    return this.#length === 0 ? !copies : !alone && this.#length + sql.length <= BATCH;
  }

  add(statement: Statement, before: number): void {
    if (this.#statements.length === 0) {
      this.#before = before;
      this.#alone = !QUICK.test(statement.sql);
    }
    this.#statements.push(statement);
    this.#length += statement.sql.length + 1;
  }

  async send(): Promise<void> {
    const [statements, before] = [this.#statements, this.#before];
    this.#statements = [];
    this.#length = 0;
    if (statements.length === 0) return;
    let done = 0;
    const tell = (): void => {
      const next = statements[done];
      if (next !== undefined) this.#told(before + done, next);
    };
    const statementDone = (): void => {
      done += 1;
      tell();
    };
    tell();
    await this.#session.script(statements.map(({ sql }) => sql).join(BETWEEN), {
      locate: (error) => this.#placeIn(statements, done, error),
      statementDone,
    });
  }

  #placeIn(statements: readonly Statement[], done: number, error: DatabaseError): string | undefined {
    const position = Number(error.position);
    if (!(position > 0)) return statements[done]?.at.in(this.#path);
    let before = 0;
    for (const { sql, at } of statements) {
      const length = Array.from(sql).length + BETWEEN.length;
      if (position <= before + length) return at.within(sql, position - 1 - before).in(this.#path);
      before += length;
    }
    return undefined;
  }
}
