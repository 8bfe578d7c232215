import type { z } from 'zod';
import type { ObjectRef } from '../kubernetes-api.ts';
import type { Resolved } from '../reference.ts';
import type { Rights } from './rights.ts';
import type { PathPlaces, TargetPlaces } from './places.ts';

export const TARGET_KINDS = ['kubernetes', 'postgres', 's3', 'http', 'dns', 'git'] as const;
export type TargetKind = (typeof TARGET_KINDS)[number];

/**
 * What becomes of a file or directory that a step names: `manifests`, `migrations`, `workflows`, `monitoring` (dashboards and
 * rules) and `stand-in` are read, checked and taken into the bundle as they are; `rendered` is what charts and kustomizations
 * are rendered from.
 */
export type FileRole = 'manifests' | 'migrations' | 'workflows' | 'monitoring' | 'stand-in' | 'rendered';

/** A target that a step uses besides the one that it acts on. */
interface TargetUse {
  readonly kind: TargetKind;
  /** What uses it, for messages: `objectStore`, `a password`. */
  readonly what: string;
}

/** Objects of a cluster: all that is in files, and others by name. */
export interface Declaration {
  /** Files or directories of the bundle. */
  readonly manifests?: readonly string[];
  /** Where objects of `manifests` go that name no namespace. */
  readonly namespace?: string | undefined;
  readonly objects?: readonly ObjectRef[];
}

/** How the steps of a kind declare objects of the cluster that they act on. No prune proposes what a step declares. */
export interface Declares<Spec> {
  /**
   * `owner`: no other step may declare an object of the same manifests. `helper`: another step applies the same manifests
   * for good.
   */
  readonly as: 'owner' | 'helper';
  of(spec: Spec): Declaration;
}

/** Where a kind is explained to people. */
interface KindDocs {
  /** Page below `docs/`, with a section headed by the kind. */
  readonly page: `steps/${string}.md`;
  /** What its steps do: its line in the index of kinds, `docs/rollout-file.md`. */
  readonly summary: string;
}

/** What is known of a step kind whatever stands in `with`. */
interface StepKindFacts {
  /** The kinds of target that its steps act on; empty: they have no target. */
  readonly targets: readonly TargetKind[];
  /** Narrows `targets` by what stands in `with`, which no schema has seen; null when that cannot be told. */
  readonly targetsBy?: (fields: Readonly<Record<string, unknown>>) => ActsOn | null;
  /** Its steps are gates and nothing else: they must have an `approval`, and have no engine. */
  readonly gateOnly: boolean;
  /** Whether its steps may also be done by hand while their gates are open, and are noticed then. */
  readonly byHand: boolean;
  /** Whether its steps prove backups, so that an interlock may ask for them. */
  readonly proves: boolean;
  /**
   * What of its steps others can change once they are done: `state`, what they made, which is planned anew and then verified;
   * `claim`, what they verify, where looking touches nothing. Null for deeds of their time (a backup, a load, an approval), and
   * where looking would act.
   */
  readonly drifts: 'state' | 'claim' | null;
  readonly docs: KindDocs;
}

/** Everything that is known of a step kind without its engine. `Spec` is what its schema makes of `with`. */
export interface StepKindDescriptor<Spec> extends StepKindFacts {
  /** Of `with`. */
  readonly schema: z.ZodType<Spec>;
  /** Every field that is a `path` of the rollout directory; `*` is each item. */
  readonly files: Readonly<Record<PathPlaces<Spec>, FileRole>>;
  /** Every field that is a `targetName`; `*` is each item. */
  readonly uses: Readonly<Record<TargetPlaces<Spec>, TargetUse>>;
  /** Fields of people's own words, such as `helm.values`, where `{ secret: NAME }` means nothing. */
  readonly verbatim?: readonly string[];
  /** Null when its steps declare no object of a cluster. */
  readonly declares: Declares<Resolved<Spec>> | null;
  /** What its steps must be allowed on clusters; null where they ask none. */
  readonly rights: Rights<Resolved<Spec>> | null;
}

/** Which targets a step acts on, and what acts on them, for messages. */
export interface ActsOn {
  readonly targets: readonly TargetKind[];
  readonly what: string;
}

/** A descriptor whose spec is not known: what tables of kinds hold. */
export interface AnyStepKind extends StepKindFacts {
  readonly schema: z.ZodType;
  readonly files: Readonly<Record<string, FileRole>>;
  readonly uses: Readonly<Record<string, TargetUse>>;
  readonly verbatim?: readonly string[];
  readonly declares: Declares<never> | null;
  readonly rights: Rights<never> | null;
}

/** Descriptors by kind. */
export type StepKindTable = Readonly<Record<string, AnyStepKind>>;

/** Describes a step kind; its schema comes first, so that the rest is checked against it. */
export function stepKind<Spec>(schema: z.ZodType<Spec>) {
  return <const Targets extends readonly TargetKind[], const GateOnly extends boolean>(
    rest: Omit<StepKindDescriptor<Spec>, 'schema' | 'targets' | 'gateOnly'> & {
      readonly targets: Targets;
      readonly gateOnly: GateOnly;
    },
  ) => ({ schema, ...rest });
}

/** What a spec declares that has manifests and a namespace. */
export function manifestsOf({ manifests, namespace }: Declaration): Declaration {
  return { ...(manifests === undefined ? {} : { manifests }), namespace };
}
