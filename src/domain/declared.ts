/** An object that a step applies, as its files declare it. */
export interface DeclaredObject {
  readonly apiVersion: string;
  readonly kind: string;
  /** Absent for what belongs to no namespace. */
  readonly namespace?: string;
  readonly name: string;
  /** The cluster. */
  readonly target: string;
  /** PHASE/STEP. */
  readonly step: string;
  readonly images: readonly string[];
  /** Of an Ingress: which host and path leads to which Service. */
  readonly hosts: readonly { readonly host: string; readonly path: string; readonly service: string }[];
}

/** An alert that a step has a server evaluate. */
export interface DeclaredAlert {
  readonly name: string;
  readonly group: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Where it is written, in the rollout. */
  readonly file: string;
}
