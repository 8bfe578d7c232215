import type { Renderer } from '../domain/rendering.ts';
import { renderChart } from './helm.ts';
import { renderKustomization } from './kustomize.ts';
import type { FindTool } from './tool.ts';

export { confinement, type Confinement } from './confine.ts';
export type { FindTool, RenderTool } from './tool.ts';

/** Renders with the real tools. They are looked for only when something is to be rendered. */
export function rendererWith(find: FindTool): Renderer {
  return {
    chart: async (request) => renderChart(await find('chart-renderer'), request),
    kustomization: async (request) => renderKustomization(await find('kustomize'), request),
  };
}
