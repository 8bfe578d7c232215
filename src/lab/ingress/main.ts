import { readFileSync, watch } from 'node:fs';
import { createServer } from 'node:http';
import { basename, join } from 'node:path';
import { Agent } from 'undici';
import { ClusterApi } from '../cluster-api.ts';
import { labPaths } from '../directory.ts';
import { keepFollowing } from '../following.ts';
import { LOOPBACK } from '../ports.ts';
import { reasonOf } from '../probe.ts';
import { IngressKeeper } from './keeper.ts';
import { ingressSettings } from './settings.ts';

// The program of the lab's server `ingress-renderer`: see src/lab/servers/ingress-renderer.ts.
const { address, identity, lab, nginx, port } = ingressSettings(process.argv.slice(2));
const paths = labPaths(lab);
const pki = (name: string) => readFileSync(join(paths.pki, name), 'utf8');
const agent = new Agent({
  connect: { ca: pki('ca.crt'), cert: pki(`${identity}.crt`), key: pki(`${identity}.key`) },
  // Watches are quiet for long.
  bodyTimeout: 0,
});
const tell = (what: string): void => {
  process.stderr.write(`${new Date().toISOString()} ${what}\n`);
};
const api = new ClusterApi(address, agent);
const keeper = new IngressKeeper({ api, paths, home: join(paths.data, 'nginx'), program: nginx, tell });

createServer((_request, response) => {
  const { trouble } = keeper;
  response.writeHead(trouble === null ? 200 : 503).end(trouble ?? '');
}).listen(port, LOOPBACK);

// Which servers there are, on which ports, and what they stand behind.
watch(paths.dir, (_event, file) => {
  if (file === basename(paths.record) || file === basename(paths.behind)) keeper.changed();
});

const follow = (path: string, known: IngressKeeper['ingresses']) =>
  keepFollowing(api, path, known, (error) => {
    tell(reasonOf(error));
  });
await Promise.all([
  follow('/apis/networking.k8s.io/v1/ingresses', keeper.ingresses),
  follow('/apis/networking.k8s.io/v1/ingressclasses', keeper.classes),
  follow('/api/v1/services', keeper.services),
  follow('/apis/discovery.k8s.io/v1/endpointslices', keeper.slices),
  follow('/api/v1/secrets?fieldSelector=type%3Dkubernetes.io/tls', keeper.certificates),
]);
