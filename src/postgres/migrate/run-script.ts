import type { DatabaseError } from 'pg';
import type { Locate, Session } from '../session.ts';
import type { Piece } from '../sql/splitter.ts';
import { Position } from '../sql/position.ts';

type Statement = Extract<Piece, { kind: 'statement' }>;

/** Told before each statement that is sent: how many came before, its place, and its first words. */
export type Told = (done: number, statement: Statement) => void;

/** INSERTs are sent together up to this many characters, to spare round trips; any other statement goes alone. */
const BATCH = 64 * 1024;

/** Runs the pieces of a file one after the other on a session that is in a transaction. */
export async function runPieces(
  session: Session,
  pieces: AsyncIterable<Piece>,
  path: string,
  told: Told,
): Promise<void> {
  const source = pieces[Symbol.asyncIterator]();
  const batch = new Batch(session, path);
  let done = 0;
  for (let next = await source.next(); next.done !== true; next = await source.next()) {
    const piece = next.value;
    if (piece.kind !== 'statement') continue;
    if (batch.takes(piece)) batch.add(piece);
    else {
      await batch.send();
      told(done, piece);
      if (piece.copies) await session.copy(piece.sql, rowsOf(source), (error) => placeOfRow(piece, error, path));
      else if (batch.takes(piece)) batch.add(piece);
      else await session.script(piece.sql, { locate: (error) => placeOf(piece, error, path) });
    }
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
export function placeOf({ sql, at }: Statement, error: DatabaseError, path: string): string {
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

/** INSERTs that go to the server in one message. */
class Batch {
  readonly #session: Session;
  readonly #path: string;
  #statements: Statement[] = [];
  #length = 0;

  constructor(session: Session, path: string) {
    this.#session = session;
    this.#path = path;
  }

  takes({ sql }: Statement): boolean {
    return this.#length + sql.length <= BATCH && /^insert\s/i.test(sql);
  }

  add(statement: Statement): void {
    this.#statements.push(statement);
    this.#length += statement.sql.length + 1;
  }

  async send(): Promise<void> {
    const statements = this.#statements;
    if (statements.length === 0) return;
    this.#statements = [];
    this.#length = 0;
    let done = 0;
    const statementDone = (): void => void (done += 1);
    const locate: Locate = (error) => this.#placeIn(statements, done, error);
    await this.#session.script(statements.map(({ sql }) => sql).join(';'), { locate, statementDone });
  }

  #placeIn(statements: readonly Statement[], done: number, error: DatabaseError): string | undefined {
    const position = Number(error.position);
    if (!(position > 0)) return statements[done]?.at.in(this.#path);
    let before = 0;
    for (const { sql, at } of statements) {
      const length = Array.from(sql).length + 1;
      if (position <= before + length) return at.within(sql, position - 1 - before).in(this.#path);
      before += length;
    }
    return undefined;
  }
}
