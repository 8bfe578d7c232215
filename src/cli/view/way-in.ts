import type { LabEnv } from '../../lab/index.ts';

/** How the hosts of Ingresses are reached, where the lab has nginx for them. */
export function wayInLines({ WINDLASS_LAB_INGRESS_URL: url }: LabEnv): readonly string[] {
  return url === undefined ? [] : [`  Ingresses:  curl -H 'Host: HOST' ${url}`];
}
