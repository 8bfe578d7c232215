import type { TargetBinding } from './environment.ts';
import type { JsonObject } from './json.ts';
import type { MadeUp } from './made-up.ts';

/** Below this directory of a bundle is what was rendered; no rollout has files of its own there. */
export const RENDERED = 'rendered';

/** Content of files by path, with `/`. Rendering sees these files and no others. */
export type FileTree = ReadonlyMap<string, Uint8Array>;

/** One document that a chart or a kustomization came to. */
export interface RenderedDocument {
  /** What it was made of: `shop/templates/web.yaml` of a chart, `base/web.yaml` of a kustomization. */
  readonly source: string;
  readonly value: JsonObject;
}

/** Why something cannot be rendered, in a form that points at a file where that is known. */
export interface RenderProblem {
  /** The source as `RenderedDocument` names them; absent when it is about the whole. */
  readonly source?: string;
  /** From 1. */
  readonly line?: number;
  /** From 1. */
  readonly column?: number;
  readonly message: string;
}

/** A value that a chart made up, as the renderer put it into the documents: it only holds the place of the real one. */
export interface Invention {
  /** Null for one that is derived of another value in a way that nobody else can follow, such as a salted hash. */
  readonly value: MadeUp | null;
  /** The texts in the documents, by part. */
  readonly parts: Readonly<Record<string, string>>;
}

/** What a chart was asked for and asked for itself. */
export interface ChartFacts {
  readonly inventions: readonly Invention[];
  /** Which of the API versions that it was told its own texts name. */
  readonly named: readonly string[];
  /** Whether they ask for API versions at all. */
  readonly asksVersions: boolean;
  /** Whether they ask for the version of Kubernetes. */
  readonly asksKubeVersion: boolean;
}

export type Rendering =
  | {
      readonly ok: true;
      readonly documents: readonly RenderedDocument[];
      /** Absent for a kustomization, which can neither ask nor make anything up. */
      readonly facts?: ChartFacts;
    }
  | { readonly ok: false; readonly problems: readonly RenderProblem[] };

export interface ChartRequest {
  readonly files: FileTree;
  /** Path of the chart in `files`: a directory or an archive. */
  readonly chart: string;
  readonly release: string;
  readonly namespace: string;
  /** YAML or JSON texts, later ones over earlier ones. */
  readonly values: readonly string[];
  readonly includeCRDs: boolean;
  readonly kubeVersion: string;
  /** What the cluster serves, as `v1`, `apps/v1` and `apps/v1/Deployment`; null for what Helm knows by itself. */
  readonly served: readonly string[] | null;
  /** Besides. */
  readonly apiVersions: readonly string[];
  /** What the chart makes up is derived of it: the same seed, the same documents. */
  readonly seed: string;
  /** What the chart takes for the time, in ISO 8601. */
  readonly now: string;
}

/** What a cluster says of itself, as charts ask for it. */
export interface ClusterFacts {
  /** Such as `v1.36.3`. */
  readonly kubeVersion: string;
  /** `v1`, `v1/ConfigMap`, `apps/v1`, `apps/v1/Deployment`: whatever it serves; sorted. */
  readonly apiVersions: readonly string[];
}

/** Asks a cluster what it serves; it answers, or it is said in a few words why it does not. */
export type AskCluster = (
  target: string,
  binding: TargetBinding,
) => Promise<{ readonly facts: ClusterFacts } | { readonly silent: string }>;

/** What a chart was told of its cluster, as far as it asked: with it, it renders to the same objects anywhere. */
export type ToldOfCluster = Partial<ClusterFacts>;

export interface KustomizationRequest {
  readonly files: FileTree;
  /** Path of the directory of the kustomization in `files`. */
  readonly directory: string;
}

/**
 * Turns charts and kustomizations into documents, without network and without a cluster.
 *
 * Both reject with a `WindlassFailure` when the tool that renders is missing.
 */
export interface Renderer {
  chart(request: ChartRequest): Promise<Rendering>;
  kustomization(request: KustomizationRequest): Promise<Rendering>;
}
