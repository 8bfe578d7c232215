import { join } from 'node:path';
import { ClusterApi } from '../cluster-api.ts';
import { labPaths } from '../directory.ts';
import { keepFollowing } from '../following.ts';
import { answerHealth, tell, watchingAgent } from '../keeper-program.ts';
import { reasonOf } from '../probe.ts';
import { run } from '../tools/run.ts';
import { RuleKeeper } from './keeper.ts';
import { ruleKeeperSettings } from './settings.ts';

// The program of the lab's server `rule-keeper`: see src/lab/servers/rule-keeper.ts.
const { address, identity, lab, vmalert, port } = ruleKeeperSettings(process.argv.slice(2));
const paths = labPaths(lab);
const agent = watchingAgent(paths, identity);
const keeper = new RuleKeeper({
  rules: paths.rules,
  home: join(paths.data, 'rule-keeper'),
  refusal: async (file) => {
    const { code, tail } = await run(vmalert, ['-dryRun', `-rule=${file}`, '-loggerLevel=ERROR']);
    return code === 0 ? null : tail;
  },
  tell,
});

answerHealth(keeper, port);

await keepFollowing(new ClusterApi(address, agent), '/api/v1/configmaps', keeper.configMaps, (error) => {
  tell(reasonOf(error));
});
