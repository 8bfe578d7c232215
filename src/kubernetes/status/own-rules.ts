import type { ReadinessRule } from '../../domain/kinds/kubernetes-apply.ts';
import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import { groupOf, kindKey } from '../identity.ts';
import { judge } from './judge.ts';
import { Rule } from './rule.ts';
import { ready, type Judge } from './status.ts';

interface OwnRule {
  readonly written: ReadinessRule;
  readonly rule: Rule;
}

/** The rules of a rollout's own, and for all other objects the rules of their kinds. */
export class OwnRules {
  readonly #rules: readonly OwnRule[];

  readonly #withoutStatus: ReadonlySet<string>;

  /**
   * @param withoutStatus kinds, by `kindKey`, whose schema has no status.
   * @throws RangeError for expressions that the schema of the step would have refused.
   */
  constructor(rules: readonly ReadinessRule[], withoutStatus: ReadonlySet<string> = new Set()) {
    this.#withoutStatus = withoutStatus;
    this.#rules = rules.map((written) => ({ written, rule: new Rule(written, { shipped: false }) }));
  }

  /** Whether a rule of the rollout's own speaks of an object. */
  has(object: KubernetesObject): boolean {
    return this.#ruleFor(object) !== undefined;
  }

  /** The status of any object. */
  readonly judge: Judge = (object) => {
    const own = this.#ruleFor(object);
    if (own !== undefined) return own.judge(object);
    const status = judge(object);
    const isStored = status.state === 'unknown' && this.#withoutStatus.has(kindKey(object));
    return isStored ? ready('exists; its kind has no status') : status;
  };

  /** The first that fits; a rule for one name is closer than a rule for all. */
  #ruleFor(object: KubernetesObject): Rule | undefined {
    const fitting = this.#rules.filter(
      ({ written }) =>
        written.kind === object.kind &&
        groupOf(written.apiVersion) === groupOf(object.apiVersion) &&
        (written.name === undefined || written.name === object.metadata.name),
    );
    return (fitting.find(({ written }) => written.name !== undefined) ?? fitting[0])?.rule;
  }
}
