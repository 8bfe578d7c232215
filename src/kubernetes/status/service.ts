import { readList, readText } from '../../domain/json-fields.ts';
import { progressing, ready, type Judge } from './status.ts';

/**
 * A Service is ready once it has its address; only load balancers get theirs from somebody who may be slow. Whether
 * anything answers behind it is for the workloads, or a probe, to say.
 */
export const service: Judge = (object) => {
  const type = readText(object, 'spec', 'type') ?? 'ClusterIP';
  if (type === 'ExternalName') return ready('an alias');
  const ip = readText(object, 'spec', 'clusterIP');
  if (ip === undefined || ip === '') return progressing('it has no cluster address yet');
  if (type !== 'LoadBalancer') return ready(ip === 'None' ? 'headless' : `type ${type}`);
  if (readList(object, 'spec', 'externalIPs').length > 0) return ready('type LoadBalancer, at addresses of its own');
  return readList(object, 'status', 'loadBalancer', 'ingress').length > 0
    ? ready('type LoadBalancer')
    : progressing('the load balancer has no address yet');
};
