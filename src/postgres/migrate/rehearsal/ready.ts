import { parseStatement } from '../../sql/grammar.ts';
import { piecesOf, type Part, type Script } from '../examine.ts';
import { callsOf } from '../lint/code.ts';
import { traitsOf, type Traits } from './traits.ts';

type Statement = Extract<Part, { kind: 'statement' }>;

/** A statement of which it is known what it is to a rehearsal. */
export type Ready = Pick<Statement, 'at' | 'sql' | 'node'> & { readonly traits: Traits };

/** Reads files in their order, for what one makes another may call. */
export class ReadyReader {
  readonly #reaching: string[];

  /** @param reaching routines of the copy whose code may reach outside, by their names. */
  constructor(reaching: readonly string[]) {
    this.#reaching = [...reaching];
  }

  /**
   * Rows of COPY, and of long INSERTs, are no part of a rehearsal.
   *
   * @throws WindlassFailure as `piecesOf` does.
   */
  async statementsOf(script: Script): Promise<readonly Ready[]> {
    const ready: Ready[] = [];
    for await (const piece of script.parts ?? piecesOf(script)) {
      if (piece.kind !== 'statement' || piece.copies) continue;
      const traits = (piece as Statement).traits ?? (await read(piece.sql));
      if (traits !== null) ready.push({ ...piece, traits: this.#withCalls(piece.sql, traits) });
    }
    return ready;
  }

  #withCalls(sql: string, traits: Traits): Traits {
    const made = /^create\s+(?:or\s+replace\s+)?(?:function|procedure)\s+(?:[\w$]+\.|"[^"]+"\.)?"?([\w$]+)/i.exec(
      sql,
    )?.[1];
    const reaching =
      traits.outside === null &&
      callsOf(this.#reaching)?.test(sql) === true &&
      !/^(?:drop|alter|grant|revoke|comment)\s/i.test(sql);
    if (made !== undefined && (reaching || traits.outside !== null)) this.#reaching.push(made);
    if (!reaching) return traits;
    const outside = 'it calls code that may reach outside';
    return { ...traits, outside, matters: true, code: !/^create\s/i.test(sql) };
  }
}

/** Those of a data file, which are too many to be kept; what adds rows is left out. */
async function read(sql: string): Promise<Traits | null> {
  if (/^insert\s/i.test(sql)) return null;
  const node = await parseStatement(sql);
  return node === null ? null : traitsOf(node, sql);
}
