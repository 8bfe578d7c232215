import type { Limit } from '../../domain/limit.ts';
import { userCache } from '../../user-cache.ts';

/** How this process comes by artifacts. */
export interface ArtifactSettings {
  /** Directory of artifacts by their SHA-256; what is put there by hand under its digest counts too. */
  readonly cache: string;
  /** Base URL that is asked before the publisher, as `<base>/<host>/<path>`; null when there is none. */
  readonly mirror: string | null;
  /** Lets a server pass before it is asked, or throws. The worker's own mirror needs no leave. @param address `host:port`. */
  readonly admit: (address: string) => void;
  /** How large an artifact may be; as large as any when absent. */
  readonly limit?: Limit;
}

/** Read where the work is done, every server let pass: `WINDLASS_ARTIFACT_CACHE`, `WINDLASS_ARTIFACT_MIRROR`. */
export function artifactSettings(env: NodeJS.ProcessEnv): ArtifactSettings {
  const { WINDLASS_ARTIFACT_CACHE: cache = '', WINDLASS_ARTIFACT_MIRROR: mirror = '' } = env;
  return {
    cache: cache === '' ? userCache(env, 'artifacts') : cache,
    mirror: mirror === '' ? null : mirror,
    admit: () => undefined,
  };
}
