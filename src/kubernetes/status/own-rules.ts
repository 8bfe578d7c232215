import { compileExpression, type Expression } from '../../domain/expression.ts';
import type { ReadinessRule } from '../../domain/kinds/kubernetes-apply.ts';
import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import { groupOf } from '../identity.ts';
import { judge } from './judge.ts';
import { failed, isStale, progressing, ready, STALE, type Judge, type Status } from './status.ts';
import { terminatingStatus } from './terminating.ts';

interface Rule {
  readonly written: ReadinessRule;
  readonly ready: Expression;
  readonly failed: Expression | null;
}

/** The rules of a rollout's own, and for all other objects the rules of their kinds. */
export class OwnRules {
  readonly #rules: readonly Rule[];

  /** @throws RangeError for expressions that the schema of the step would have refused. */
  constructor(rules: readonly ReadinessRule[]) {
    this.#rules = rules.map((written) => ({
      written,
      ready: compileExpression(written.ready),
      failed: written.failed === undefined ? null : compileExpression(written.failed),
    }));
  }

  /** Whether a rule of the rollout's own speaks of an object. */
  has(object: KubernetesObject): boolean {
    return this.#ruleFor(object) !== undefined;
  }

  /** The status of any object. What an expression cannot tell is never ready. */
  readonly judge: Judge = (object) => {
    const rule = this.#ruleFor(object);
    if (rule === undefined) return judge(object);
    if (object.metadata.deletionTimestamp !== undefined) return terminatingStatus(object);
    if (isStale(object, false)) return STALE;
    return statusBy(rule, object);
  };

  /** The first that fits; a rule for one name is closer than a rule for all. */
  #ruleFor(object: KubernetesObject): Rule | undefined {
    const fitting = this.#rules.filter(
      ({ written }) =>
        written.kind === object.kind &&
        groupOf(written.apiVersion) === groupOf(object.apiVersion) &&
        (written.name === undefined || written.name === object.metadata.name),
    );
    return fitting.find(({ written }) => written.name !== undefined) ?? fitting[0];
  }
}

function statusBy(rule: Rule, object: KubernetesObject): Status {
  const said = rule.written.message;
  const hopeless = rule.failed?.of(object);
  if (hopeless !== undefined && 'holds' in hopeless && hopeless.holds)
    return failed(said ?? `failed, by its own rule: ${rule.written.failed ?? ''}`);
  const answer = rule.ready.of(object);
  if ('unclear' in answer) return progressing(`its own rule says nothing yet: ${answer.unclear}`);
  return answer.holds ? ready('ready, by its own rule') : progressing(said ?? `not yet so: ${rule.written.ready}`);
}
