import { read } from '../domain/json-fields.ts';
import type { AuditedKind, AuditFacts, ClusterUser } from '../domain/audit.ts';
import type { KubernetesObject } from '../domain/kubernetes-api.ts';
import { readPolicy, type NetworkPolicy } from '../domain/network/policy.ts';
import { imageOf, type Image } from './image.ts';
import { accountUser, grantsOf, GrantsByUser, type Grant } from './rbac.ts';
import { workloadsOf, type Workload } from './workloads.ts';

/** What the settings of an audit say beside what is seen. */
export interface AuditSettings {
  /** Registries that images may come from, as images begin with them; empty: any. */
  readonly registries: readonly string[];
}

/** What checks look at: the facts, and what several of them need of these, made once. */
export class World {
  readonly facts: AuditFacts;
  readonly settings: AuditSettings;
  readonly #made = new Map<string, unknown>();

  constructor(facts: AuditFacts, settings: AuditSettings) {
    this.facts = facts;
    this.settings = settings;
  }

  of(kind: AuditedKind): readonly KubernetesObject[] {
    return this.facts.cluster.objects[kind] ?? [];
  }

  /** The objects of one namespace. */
  within(kind: AuditedKind, namespace: string): readonly KubernetesObject[] {
    return this.#grouped(kind, this.of(kind), (object) => object.metadata.namespace ?? '').get(namespace) ?? [];
  }

  find(kind: AuditedKind, namespace: string, name: string): KubernetesObject | undefined {
    const byName = this.#once(`names of ${kind}`, () => {
      return new Map(this.of(kind).map((one) => [`${one.metadata.namespace ?? ''}/${one.metadata.name}`, one]));
    });
    return byName.get(`${namespace}/${name}`);
  }

  /** What an image says, read once however many containers run it. */
  image(written: string): Image {
    const images = this.#once('images', () => new Map<string, Image>());
    const known = images.get(written);
    if (known !== undefined) return known;
    const image = imageOf(written);
    images.set(written, image);
    return image;
  }

  get workloads(): readonly Workload[] {
    return this.#once('workloads', () => workloadsOf((kind) => this.of(kind)));
  }

  workloadsIn(namespace: string): readonly Workload[] {
    return this.#grouped('workloads', this.workloads, (workload) => workload.namespace).get(namespace) ?? [];
  }

  get policies(): readonly NetworkPolicy[] {
    return this.#once('policies', () => this.of('NetworkPolicy').map((policy) => readPolicy(policy)));
  }

  policiesIn(namespace: string): readonly NetworkPolicy[] {
    return this.#grouped('policies', this.policies, (policy) => policy.namespace).get(namespace) ?? [];
  }

  get grants(): readonly Grant[] {
    return this.#once('grants', () => grantsOf((kind) => this.of(kind)));
  }

  grantsOf(user: ClusterUser): readonly Grant[] {
    return this.#once('grants by user', () => new GrantsByUser(this.grants)).of(user);
  }

  /** Who the pods of a workload are. */
  userOf({ namespace, account }: Workload): ClusterUser {
    return accountUser(namespace, account);
  }

  /** Whether the pods of a workload are given a token of their account without asking for it. */
  mountsToken({ namespace, account, spec }: Workload): boolean {
    const own = read(spec, 'automountServiceAccountToken');
    const ofAccount = this.find('ServiceAccount', namespace, account)?.['automountServiceAccountToken'];
    return (own ?? ofAccount ?? true) !== false;
  }

  #grouped<T>(what: string, all: readonly T[], by: (one: T) => string): ReadonlyMap<string, readonly T[]> {
    return this.#once(`${what} by namespace`, () => Map.groupBy(all, by));
  }

  #once<T>(what: string, make: () => T): T {
    if (!this.#made.has(what)) this.#made.set(what, make());
    return this.#made.get(what) as T;
  }
}
