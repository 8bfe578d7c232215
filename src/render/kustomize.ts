import { join, posix } from 'node:path';
import { parseDocument } from 'yaml';
import type { JsonObject } from '../domain/json.ts';
import type { KustomizationRequest, Rendering, FileTree, RenderedDocument } from '../domain/rendering.ts';
import { yamlBeyond } from '../manifests/yaml-bounds.ts';
import { documentsOf } from './documents.ts';
import { inScratch, writeTree } from './scratch.ts';
import { runTool } from './tool.ts';

/**
 * Renders a kustomization with `kustomize build`: no network, no plugins, no functions, no files but those given.
 *
 * @throws WindlassFailure `LabFailed` when kustomize cannot be run, `LimitExceeded` when it takes or writes too much. What
 *   it refuses is an answer with problems.
 */
export async function renderKustomization(kustomize: string, request: KustomizationRequest): Promise<Rendering> {
  return inScratch(async (scratch) => {
    const tree = join(scratch, 'tree');
    const asking = askingForOrigins(request.files, request.directory);
    await writeTree(tree, asking ?? request.files);
    const args = ['build', join(tree, request.directory), '--load-restrictor', 'LoadRestrictionsRootOnly'];
    const { ok, stdout, stderr } = await runTool(kustomize, args, scratch);
    if (ok) {
      const rendering = documentsOf(stdout, () => request.directory);
      if (!rendering.ok || asking === null) return rendering;
      return { ok: true, documents: rendering.documents.map((document) => byOrigin(document, request.directory)) };
    }
    const said = stderr
      .replaceAll(`${tree}/`, '')
      .replace(/^Error: /, '')
      .replace(/\s+/g, ' ')
      .trim();
    return { ok: false, problems: [{ message: `kustomize refuses it: ${said}` }] };
  });
}

const NAMES = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];

const ORIGIN = 'config.kubernetes.io/origin';

const OPTION = 'originAnnotations';

/** The same files, with kustomize told to say of each object which file it is from; null when it is told so already. */
function askingForOrigins(files: FileTree, directory: string): FileTree | null {
  const path = NAMES.map((name) => posix.join(directory, name)).find((name) => files.has(name));
  const text = path === undefined ? undefined : files.get(path);
  if (path === undefined || text === undefined) return null;
  const document = parseDocument(new TextDecoder().decode(text), { logLevel: 'silent' });
  const asked = (document.toJS() as { buildMetadata?: unknown } | null)?.buildMetadata;
  const options: readonly unknown[] = Array.isArray(asked) ? asked : [];
  if (document.errors.length > 0 || options.includes(OPTION)) return null;
  document.set('buildMetadata', [...options, OPTION]);
  return new Map(files).set(path, Buffer.from(String(document)));
}

/** A document without that annotation, named by the file that it says. */
function byOrigin({ source, value }: RenderedDocument, directory: string): RenderedDocument {
  const metadata = value['metadata'] as JsonObject | undefined;
  const { [ORIGIN]: origin, ...annotations } = (metadata?.['annotations'] ?? {}) as JsonObject;
  if (metadata === undefined || typeof origin !== 'string' || yamlBeyond(origin) !== null) return { source, value };
  const { path, configuredIn } = (parseDocument(origin).toJS() ?? {}) as { path?: string; configuredIn?: string };
  const rest = Object.entries(metadata).filter(([name]) => name !== 'annotations');
  const kept = Object.fromEntries(Object.keys(annotations).length > 0 ? [...rest, ['annotations', annotations]] : rest);
  return { source: posix.join(directory, path ?? configuredIn ?? ''), value: { ...value, metadata: kept } };
}
