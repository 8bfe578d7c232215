import type { AskCluster, Renderer } from '../../domain/rendering.ts';
import type { Content } from '../source/content.ts';
import type { RolloutDirectory } from '../source/directory.ts';
import type { Parameters } from '../source/substitute.ts';

/** What rendering works with. */
export interface RenderContext {
  readonly directory: RolloutDirectory;
  readonly rollout: Content;
  readonly parameters: Parameters;
  /** Absent where nothing can be rendered. */
  readonly renderer: Renderer | undefined;
  /** Asks a target of the environment; absent where none is asked. */
  readonly clusters?: ((target: string) => ReturnType<AskCluster>) | undefined;
}
