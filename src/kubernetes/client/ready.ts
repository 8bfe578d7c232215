import { WindlassFailure } from '../../domain/failure.ts';
import type { Transport } from './transport.ts';

/** https://kubernetes.io/docs/reference/using-api/health-checks/ */
const READY = '/readyz';

/**
 * Asks the API server whether it is ready; whoever may not ask takes it for that.
 *
 * @throws WindlassFailure `TargetUnreachable` while it is not; what asking throws.
 */
export async function assertReady(transport: Transport, signal: AbortSignal | undefined): Promise<void> {
  const asked = { verb: 'read', object: READY, secret: false } as const;
  const { status } = await transport.ask({ method: 'GET', path: READY, asked, signal }, [401, 403, 404, 500, 503]);
  if (status < 500) return;
  throw new WindlassFailure(
    'TargetUnreachable',
    `The API server at ${transport.address} has begun, but is not ready yet.`,
    {
      object: READY,
      next: 'Nothing, when it has just been started: it is asked again. Otherwise look what `kubectl get --raw /readyz?verbose` says.',
    },
  );
}
