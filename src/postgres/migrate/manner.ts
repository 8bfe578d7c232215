import type { Node } from 'libpg-query';
import type { Position } from '../sql/position.ts';
import { beginsWayBack } from '../sql/section.ts';
import type { Piece } from '../sql/splitter.ts';
import { DirectiveReader, type Directives, type Silence } from './directives.ts';
import { outsideOnly, refusal } from './lint/outside.ts';
import { blockEdge, isolationOf, sessionRefusal, setsSession, takesLock } from './lint/session.ts';
import type { Migration } from '../migration.ts';

interface Problem {
  readonly at: Position;
  readonly why: string;
}

/** How a file is to run, once it was read through. */
export interface Manner {
  readonly directives: Directives;
  /** The isolation level that a file in one transaction asks for; null for the usual one. */
  readonly isolation: string | null;
  /** Whether it takes advisory locks for its session, as far as anybody can see. */
  readonly locks: boolean;
  readonly silences: readonly Silence[];
  readonly problems: readonly Problem[];
}

/**
 * Finds out how a file is to run from its comments and statements, and what would not do there what it does under psql.
 *
 * A file says itself that it runs without a transaction. One that is named as another tool names its files also does when it
 * begins and ends transactions of its own, or holds nothing but what cannot run in one: that is how those tools run it.
 */
export class MannerReader {
  readonly #migration: Migration;
  readonly #directives: DirectiveReader;
  readonly #problems: Problem[] = [];
  /** What is wrong if the file is to run in one transaction, and what if without. */
  readonly #inOne: Problem[] = [];
  readonly #without: Problem[] = [];
  /** Where a transaction of its own began that did not end yet. */
  #block: Position | null = null;
  #hasBlocks = false;
  /** Whether nothing but settings came so far in the transaction at hand. */
  #first = true;
  #isolation: string | null = null;
  #locks = false;
  #statements = 0;
  /** Statements that have no need of a transaction in common with others. */
  #loose = 0;
  #outside = 0;

  /** @param noTransaction whether the file's tool is told so, beside the file. */
  constructor(migration: Migration, noTransaction: boolean) {
    this.#migration = migration;
    this.#directives = new DirectiveReader(migration.ofOtherTool);
    this.#directives.directives.noTransaction = noTransaction;
  }

  /** Whether a comment says so, of those that were read by now. */
  get saysNoTransaction(): boolean {
    return this.#directives.directives.noTransaction;
  }

  comment(comment: Extract<Piece, { kind: 'comment' }>): void {
    this.#directives.take(comment);
    if (this.#migration.section === null && beginsWayBack(comment.text)) {
      const why = 'a section that takes back what comes before it would run as well: give it a file of its own';
      this.#problems.push({ at: comment.at, why });
    }
  }

  statement(node: Node | null, at: Position): void {
    this.#statements += 1;
    if (node === null || this.#edge(node, at)) return;
    const outside = outsideOnly(node);
    const refused = refusal(node);
    if (refused !== null) this.#problems.push({ at, why: refused });
    else {
      const mode = { noTransaction: this.#block === null, first: this.#first };
      this.#note(this.#without, at, sessionRefusal(node, mode));
      this.#note(this.#inOne, at, sessionRefusal(node, { ...mode, noTransaction: false }));
    }
    if (outside !== null) {
      this.#outside += 1;
      this.#note(
        this.#block === null ? this.#inOne : this.#without,
        at,
        `${outside} cannot run in a transaction: begin the file with \`-- windlass: no-transaction\``,
      );
    }
    if (outside !== null || setsSession(node)) this.#loose += 1;
    this.#isolation ??= isolationOf(node);
    this.#first &&= 'VariableSetStmt' in node;
    this.#locks ||= takesLock(node);
  }

  done(): Manner {
    if (this.#block !== null)
      this.#without.push({ at: this.#block, why: 'a transaction begins here that the file does not end' });
    const { directives } = this.#directives;
    const noTransaction = directives.noTransaction || this.#isSoElsewhere();
    return {
      directives: { ...directives, noTransaction },
      isolation: noTransaction ? null : this.#isolation,
      locks: this.#locks,
      silences: this.#directives.silences,
      problems: [...this.#directives.problems, ...this.#problems, ...(noTransaction ? this.#without : this.#inOne)],
    };
  }

  #isSoElsewhere(): boolean {
    if (!this.#migration.ofOtherTool) return false;
    return this.#hasBlocks || (this.#outside > 0 && this.#loose === this.#statements);
  }

  /** Takes in the beginning and the end of a transaction of the file's own. */
  #edge(node: Node, at: Position): boolean {
    const edge = blockEdge(node);
    if (edge === null) return false;
    this.#hasBlocks = true;
    this.#first = true;
    this.#note(this.#inOne, at, refusal(node));
    if (edge === 'begin' && this.#block !== null)
      this.#note(this.#without, at, 'a transaction begins here within another one');
    if (edge === 'begin') this.#note(this.#without, at, sessionRefusal(node, { noTransaction: false, first: true }));
    if (edge === 'end' && this.#block === null)
      this.#note(this.#without, at, 'a transaction ends here that never began');
    this.#block = edge === 'begin' ? at : null;
    return true;
  }

  #note(list: Problem[], at: Position, why: string | null): void {
    if (why !== null && list.length < AT_MOST) list.push({ at, why });
  }
}

/** Kept of each list. */
const AT_MOST = 1_000;
