import { compileExpression, type Expression } from '../../domain/expression.ts';
import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import { ownWords } from './own-words.ts';
import { failed, isStale, progressing, ready, STALE, type Status } from './status.ts';
import { terminatingStatus } from './terminating.ts';

/** A rule as it is written: CEL over the object as `self`. */
export interface WrittenRule {
  readonly ready: string;
  readonly failed?: string | undefined;
  /** Said while it is not ready, in place of the object's own words. */
  readonly message?: string | undefined;
}

/** When an object is ready, as a pair of expressions says. */
export class Rule {
  readonly #written: WrittenRule;
  readonly #shipped: boolean;
  readonly #ready: Expression;
  readonly #failed: Expression | null;

  /**
   * @param shipped whether it came with Windlass, rather than with the rollout.
   * @throws RangeError for expressions that cannot be read.
   */
  constructor(written: WrittenRule, { shipped }: { readonly shipped: boolean }) {
    this.#written = written;
    this.#shipped = shipped;
    this.#ready = compileExpression(written.ready);
    this.#failed = written.failed === undefined ? null : compileExpression(written.failed);
  }

  /** What an expression cannot tell is never ready. */
  judge(object: KubernetesObject): Status {
    if (object.metadata.deletionTimestamp !== undefined) return terminatingStatus(object);
    if (isStale(object, false)) return STALE;
    const said = this.#written.message ?? ownWords(object);
    const hopeless = this.#failed?.of(object);
    if (hopeless !== undefined && 'holds' in hopeless && hopeless.holds)
      return failed(said ?? `failed, by its own rule: ${this.#failed?.source ?? ''}`);
    const answer = this.#ready.of(object);
    if ('holds' in answer && answer.holds)
      return ready(this.#shipped ? 'ready, by the rule of its kind' : 'ready, by its own rule');
    if (this.#written.message !== undefined) return progressing(this.#written.message);
    // Of a rule that came with Windlass nobody knows the text: then the object's own words say more.
    if (this.#shipped) return progressing(said ?? 'it says nothing of itself yet');
    const why =
      'unclear' in answer ? `its own rule says nothing yet: ${answer.unclear}` : `not yet so: ${this.#ready.source}`;
    return progressing(said === null ? why : `${why}; it says: ${said}`);
  }
}
