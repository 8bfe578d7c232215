import type { Bundle } from '../../domain/bundle.ts';
import {
  isPackage,
  labDirectory,
  labUp,
  storeOfLab,
  toolProgress,
  toolsAtHand,
  ADDED_TOOLS,
  type Addition,
  type Lab,
} from '../../lab/index.ts';
import { formatDuration } from '../../domain/duration.ts';
import type { Cli } from '../cli.ts';
import { wayInLines } from '../view/way-in.ts';

/**
 * Brings the lab up, tools included, telling what becomes ready when.
 *
 * @throws LabFailure naming the tool or server that stands in the way.
 */
export async function bringLabUp(
  cli: Cli,
  dir: string | undefined,
  bundle: Bundle,
  additions: readonly Addition[],
): Promise<Lab> {
  const store = additions.includes('seaweedfs') ? 'seaweedfs' : storeOfLab(labDirectory(dir));
  // SeaweedFS has no console, and tells nothing of itself that the platform's boards ask for.
  const watching = store === 'seaweedfs' ? [] : await watchingOf(cli, bundle);
  const asked = [...watching, ...additions];
  const tools = toolProgress();
  const lab = await labUp({
    dir,
    // It costs next to nothing, and a platform that has a scheduler needs it.
    with: ['dolphinscheduler', ...asked, ...(store === undefined ? await storeFor(cli, asked) : [])],
    onToolProgress: tools.tell,
    onProgress: (progress) => {
      tools.end();
      if (progress.event === 'waiting') cli.say(`Waiting for process ${progress.pid}, which works on this lab.`);
      else if (progress.started) cli.say(`  ${progress.server} is ready after ${formatDuration(progress.elapsedMs)}`);
    },
  });
  tools.end();
  cli.say(
    lab.started.length === 0 ? `The lab in ${lab.dir} was up already.` : `The lab in ${lab.dir} is up.`,
    `  Web UI: ${lab.env.WINDLASS_LAB_TEMPORAL_UI}`,
    ...wayInLines(lab.env),
  );
  return lab;
}

/** What needs of an object store more than S3: MinIO's console, or its metrics. */
const ASKS_MINIO: readonly Addition[] = ['ingress', 'monitoring'];

/** MinIO takes minutes to compile. Where it is not at hand, and nothing asks for what only it has, SeaweedFS takes its place. */
async function storeFor(cli: Cli, additions: readonly Addition[]): Promise<readonly Addition[]> {
  if (additions.some((addition) => ASKS_MINIO.includes(addition)) || (await toolsAtHand(['minio'])).has('minio'))
    return [];
  cli.say(
    'The object store is SeaweedFS: MinIO is not on this machine, and takes minutes to compile.',
    '  To have MinIO: windlass lab tools minio; then the demo in a fresh lab.',
  );
  return ['seaweedfs'];
}

/** By which variable of lab.env a rollout asks for what watches a lab. */
const ASKED_BY = {
  monitoring: /^WINDLASS_LAB_(METRICS|ALERTMANAGER)_URL$/,
  logging: /^WINDLASS_LAB_LOGS_URL$/,
} as const satisfies Partial<Record<keyof typeof ADDED_TOOLS, RegExp>>;

/** What the rollout asks of the lab beyond its servers, as far as its programs are there: nobody waits for a build of these. */
async function watchingOf(cli: Cli, bundle: Bundle): Promise<readonly Addition[]> {
  const variables = [...JSON.stringify(bundle.targets).matchAll(/"fromEnv":"(\w+)"/g)].map(([, name = '']) => name);
  const taken: Addition[] = [];
  for (const addition of Object.keys(ASKED_BY) as (keyof typeof ASKED_BY)[]) {
    if (!variables.some((name) => ASKED_BY[addition].test(name))) continue;
    const atHand = await toolsAtHand(ADDED_TOOLS[addition]);
    const lacking = ADDED_TOOLS[addition].filter((name) => !atHand.has(name));
    if (lacking.length === 0) taken.push(addition);
    else
      cli.say(
        `The lab goes without ${addition}: ${lacking.join(', ')} ${lacking.length === 1 ? 'is' : 'are'} not on this machine.`,
        `  To add it: windlass lab tools --with ${addition}${lacking.some(isPackage) ? ', after `sh scripts/monitoring-packages.sh` as root' : ''}; then the demo again.`,
      );
  }
  return taken;
}
