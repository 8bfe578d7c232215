import type { JsonObject } from './json.ts';

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

export type Rendering =
  | { readonly ok: true; readonly documents: readonly RenderedDocument[] }
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
  readonly apiVersions: readonly string[];
}

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
