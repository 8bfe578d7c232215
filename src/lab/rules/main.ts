import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { Agent } from 'undici';
import { ClusterApi } from '../cluster-api.ts';
import { labPaths } from '../directory.ts';
import { keepFollowing } from '../following.ts';
import { LOOPBACK } from '../ports.ts';
import { reasonOf } from '../probe.ts';
import { run } from '../tools/run.ts';
import { RuleKeeper } from './keeper.ts';
import { ruleKeeperSettings } from './settings.ts';

// The program of the lab's server `rule-keeper`: see src/lab/servers/rule-keeper.ts.
const { address, identity, lab, vmalert, port } = ruleKeeperSettings(process.argv.slice(2));
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
const keeper = new RuleKeeper({
  rules: paths.rules,
  home: join(paths.data, 'rule-keeper'),
  refusal: async (file) => {
    const { code, tail } = await run(vmalert, ['-dryRun', `-rule=${file}`, '-loggerLevel=ERROR']);
    return code === 0 ? null : tail;
  },
  tell,
});

createServer((_request, response) => {
  const { trouble } = keeper;
  response.writeHead(trouble === null ? 200 : 503).end(trouble ?? '');
}).listen(port, LOOPBACK);

await keepFollowing(new ClusterApi(address, agent), '/api/v1/configmaps', keeper.configMaps, (error) => {
  tell(reasonOf(error));
});
