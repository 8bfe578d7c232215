import { watch } from 'node:fs';
import { basename, join } from 'node:path';
import { ClusterApi } from '../cluster-api.ts';
import { labPaths } from '../directory.ts';
import { keepFollowing } from '../following.ts';
import { answerHealth, tell, watchingAgent } from '../keeper-program.ts';
import { reasonOf } from '../probe.ts';
import { IngressKeeper } from './keeper.ts';
import { ingressSettings } from './settings.ts';

// The program of the lab's server `ingress-renderer`: see src/lab/servers/ingress-renderer.ts.
const { address, identity, lab, nginx, port } = ingressSettings(process.argv.slice(2));
const paths = labPaths(lab);
const agent = watchingAgent(paths, identity);
const api = new ClusterApi(address, agent);
const keeper = new IngressKeeper({ api, paths, home: join(paths.data, 'nginx'), program: nginx, tell });

answerHealth(keeper, port);

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
