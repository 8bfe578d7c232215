import { statSync } from 'node:fs';
import type { KubeConfig } from '@kubernetes/client-node';
import { beyond } from '../../domain/limit.ts';
import { LIMITS } from '../../domain/limits.ts';

/**
 * Why a file that the current context of a kubeconfig names is not to be read, or null. The library reads them whole, and
 * waits for ever for one that is a pipe; what is not there it tells itself.
 */
export function namedFileProblem(config: KubeConfig): string | null {
  const cluster = config.getCurrentCluster();
  const user = config.getCurrentUser();
  const tokenFile: unknown = (user?.authProvider as { config?: { tokenFile?: unknown } } | undefined)?.config
    ?.tokenFile;
  const named = {
    'certificate-authority': cluster?.caFile,
    'client-certificate': user?.certFile,
    'client-key': user?.keyFile,
    tokenFile: typeof tokenFile === 'string' ? tokenFile : undefined,
  };
  for (const [field, file] of Object.entries(named)) {
    const found = file === undefined ? undefined : statSync(file, { throwIfNoEntry: false });
    if (found === undefined) continue;
    if (!found.isFile()) return `what its ${field} names is no file`;
    if (found.size > LIMITS.reference.most) return `what its ${field} names ${beyond(LIMITS.reference)}`;
  }
  return null;
}
