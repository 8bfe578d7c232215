import { readList, readText } from '../../domain/json-fields.ts';
import { ready, type Judge } from './status.ts';

/**
 * Ready when stored: many controllers never publish an address, so waiting for one would wait for ever on a working
 * Ingress. Whether it carries traffic is for a probe, or a rule of the rollout's own, to say.
 */
export const ingress: Judge = (object) => {
  const [first] = readList(object, 'status', 'loadBalancer', 'ingress');
  const address = readText(first, 'ip') ?? readText(first, 'hostname');
  return ready(address === undefined ? 'exists, no controller has published an address' : `at ${address}`);
};
