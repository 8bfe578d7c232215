/** A stage of kwok: which objects it is for, how long it waits, what it then does. */
export interface Stage {
  readonly apiVersion: 'kwok.x-k8s.io/v1alpha1';
  readonly kind: 'Stage';
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly resourceRef: { readonly apiGroup: string; readonly kind: string };
    readonly selector: { readonly matchExpressions: readonly { readonly jq: JqMatch }[] };
    readonly delay?: Delay;
    readonly steps: readonly StageStep[];
  };
}

/** A jq expression over the object, and what its answers must be. */
export interface JqMatch {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  readonly values?: readonly string[];
}

export interface Delay {
  readonly durationMilliseconds: number;
  /** A jq expression whose answer (a Go duration such as `1.5s`) wins over the fixed delay. */
  readonly durationFrom?: { readonly jq: { readonly expression: string } };
}

/** Exactly one of these; templates are Go templates over the object, giving YAML. */
export type StageStep =
  | { readonly event: { readonly type: 'Normal' | 'Warning'; readonly reason: string; readonly message: string } }
  | { readonly patch: { readonly root: string; readonly subresource?: string; readonly template: string } }
  | { readonly apply: { readonly template: string } }
  | { readonly delete: true };

export function stage(
  name: string,
  kind: string,
  match: readonly JqMatch[],
  steps: readonly StageStep[],
  delay?: Delay,
): Stage {
  return {
    apiVersion: 'kwok.x-k8s.io/v1alpha1',
    kind: 'Stage',
    metadata: { name },
    spec: {
      resourceRef: { apiGroup: 'v1', kind },
      selector: { matchExpressions: match.map((jq) => ({ jq })) },
      ...(delay === undefined ? {} : { delay }),
      steps,
    },
  };
}

export function isOneOf(key: string, ...values: string[]): JqMatch {
  return { key, operator: 'In', values };
}

export function isNoneOf(key: string, ...values: string[]): JqMatch {
  return { key, operator: 'NotIn', values };
}

export function exists(key: string): JqMatch {
  return { key, operator: 'Exists' };
}

export function isMissing(key: string): JqMatch {
  return { key, operator: 'DoesNotExist' };
}

/** The delay that an annotation asks for, else the given one. */
export function delayFromAnnotation(annotation: string, durationMilliseconds: number): Delay {
  return { durationMilliseconds, durationFrom: { jq: { expression: `.metadata.annotations["${annotation}"]` } } };
}

/** Writes the object's status. */
export function patchStatus(template: string): StageStep {
  return { patch: { root: 'status', subresource: 'status', template } };
}
