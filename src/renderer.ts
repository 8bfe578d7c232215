import { WindlassFailure } from './domain/failure.ts';
import type { Renderer } from './domain/rendering.ts';
import { rendererWith, type RenderTool } from './render/index.ts';

export { confinement, type Confinement } from './render/index.ts';

/** Renders with Helm and kustomize, which are found on PATH or in the cache, or else built once. */
export function toolRenderer(): Renderer {
  return rendererWith(find);
}

async function find(name: RenderTool): Promise<string> {
  // Loaded here, because most rollouts have nothing to render.
  const { LabFailure, toolPath, toolProgress } = await import('./lab/index.ts');
  const progress = toolProgress();
  try {
    return await toolPath(name, progress.tell);
  } catch (error) {
    if (!(error instanceof LabFailure)) throw error;
    const { object = name, next } = error.options;
    throw new WindlassFailure('LabFailed', `The rollout needs ${name} to be rendered. ${error.message}`, {
      object,
      next: `Put ${name} of the pinned version (tools/README.md) on PATH, or have it built by \`windlass lab tools ${name}\`. ${next}`,
      cause: error,
    });
  } finally {
    progress.end();
  }
}
