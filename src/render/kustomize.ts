import { join } from 'node:path';
import type { KustomizationRequest, Rendering } from '../domain/rendering.ts';
import { documentsOf } from './documents.ts';
import { askingForOrigins, byOrigin } from './origins.ts';
import { inScratch, writeTree } from './scratch.ts';
import { runTool } from './tool.ts';

/** Renders a kustomization with `kustomize build`: no network, no plugins, no functions, no files but those given. */
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
