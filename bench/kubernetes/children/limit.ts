// What no client can be faster than: the bare requests, 16 at once over kept connections, bodies made ready beforehand,
// answers thrown away. `limit.ts KUBECONFIG MANIFESTS` prints the seconds that it took.
import { readFileSync } from 'node:fs';
import type { KubernetesObject } from '../../../src/domain/kubernetes-api.ts';
import { parseManifestFile } from '../../../src/manifests/yaml.ts';
import { RawServer } from '../raw.ts';

const IN_FLIGHT = 16;
const PLURALS: Readonly<Record<string, string>> = {
  ConfigMap: 'configmaps',
  ServiceAccount: 'serviceaccounts',
  Service: 'services',
  Deployment: 'deployments',
};

const [kubeconfig = '', manifests = ''] = process.argv.slice(2);
const server = new RawServer(kubeconfig, IN_FLIGHT);
const requests = parseManifestFile(readFileSync(manifests, 'utf8')).documents.map(({ value }) => {
  const { apiVersion, kind, metadata } = value as KubernetesObject;
  const base = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`;
  const path = `${base}/namespaces/${metadata.namespace ?? ''}/${PLURALS[kind] ?? ''}/${metadata.name}`;
  return { path: `${path}?fieldManager=limit&fieldValidation=Strict`, body: JSON.stringify(value) };
});

const began = performance.now();
let next = 0;
await Promise.all(
  Array.from({ length: IN_FLIGHT }, async () => {
    for (let request = requests[next++]; request !== undefined; request = requests[next++]) {
      const status = await server.ask('PATCH', request.path, request.body, 'application/apply-patch+yaml');
      if (status >= 300) throw new Error(`${request.path}: ${status}`);
    }
  }),
);
console.log(JSON.stringify({ seconds: (performance.now() - began) / 1_000 }));
await server.close();
