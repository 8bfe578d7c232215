import { labStatus, type LabStatus } from '../../src/lab/index.ts';
import { until } from './poll.ts';

const PATIENCE_MS = 120_000;

/**
 * The status of a lab that is up. A probe of one server may run out of its time while the machine is busy: what is not ready
 * is asked again.
 *
 * @throws Error that says which servers stay unready, and why.
 */
export async function labIsUp(dir: string): Promise<LabStatus> {
  const deadline = Date.now() + PATIENCE_MS;
  return until(async () => {
    const status = await labStatus(dir);
    if (status.state === 'up') return status;
    if (Date.now() < deadline) return null;
    const unready = status.servers.filter(({ state }) => state !== 'ready');
    throw new Error(
      `The lab is ${status.state}: ${JSON.stringify(unready.map(({ name, state, why }) => ({ name, state, why })))}`,
    );
  });
}
