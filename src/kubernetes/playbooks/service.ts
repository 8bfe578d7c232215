import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import { readList, readNumber, readText } from '../../domain/json-fields.ts';
import { NOTHING, victimOf, type Playbook } from './playbook.ts';

/** A Service whose address cannot be changed in place, as from one with a cluster IP to a headless one and back. */
export const service: Playbook = {
  kinds: [{ apiVersion: 'v1', kind: 'Service' }],

  derive({ planned, live }) {
    if (live === null || planned.action !== 'replace') return Promise.resolve(NOTHING);
    const lines = ['its name leads nowhere until it is made again', ...addressesOf(live)];
    // An address that a cloud gave it may never come back.
    return Promise.resolve({ ...NOTHING, object: victimOf(live, 'Background', true, lines) });
  },

  undo: 'By the same playbook with the manifest from before; addresses that were not declared will be others.',
};

function addressesOf(live: KubernetesObject): readonly string[] {
  const address = readText(live, 'spec', 'clusterIP') ?? 'None';
  const ports = readList(live, 'spec', 'ports').map((port) => readNumber(port, ['nodePort'], 0));
  const nodePorts = ports.filter((port) => port > 0);
  const balancers = readList(live, 'status', 'loadBalancer', 'ingress').flatMap(
    (one) => readText(one, 'ip') ?? readText(one, 'hostname') ?? [],
  );
  return [
    ...(address === 'None' || address === '' ? [] : [`its cluster IP ${address} is given back`]),
    ...(nodePorts.length === 0 ? [] : [`its node ports ${nodePorts.join(', ')} are given back`]),
    ...(balancers.length === 0 ? [] : [`its load balancer ${balancers.join(', ')} is given back`]),
  ];
}
