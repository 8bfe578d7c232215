import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse, stringify } from 'yaml';
import type { KubernetesObject } from '../../src/domain/kubernetes-api.ts';
import { median, type Row } from '../harness.ts';
import { RawServer } from './raw.ts';
import { row } from './rows.ts';
import type { Stage } from './stage.ts';

const NAME = 'squeezed';
/** The smallest share of the server's seats, none borrowed, and a short queue: what does not fit is refused with a 429. */
const SQUEEZE: readonly KubernetesObject[] = [
  {
    apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
    kind: 'PriorityLevelConfiguration',
    metadata: { name: NAME },
    spec: {
      type: 'Limited',
      limited: {
        nominalConcurrencyShares: 1,
        borrowingLimitPercent: 0,
        limitResponse: { type: 'Queue', queuing: { queues: 1, handSize: 1, queueLengthLimit: 2 } },
      },
    },
  },
  {
    apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
    kind: 'FlowSchema',
    metadata: { name: NAME },
    spec: {
      matchingPrecedence: 500,
      priorityLevelConfiguration: { name: NAME },
      rules: [
        {
          subjects: [{ kind: 'User', user: { name: NAME } }],
          resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'], clusterScope: true }],
          nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
        },
      ],
    },
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: NAME },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'User', name: NAME, apiGroup: 'rbac.authorization.k8s.io' }],
  },
];
const NEIGHBOURS = 8;
/** Enough to be refused many times; most of the time is waiting as the server asks. */
const COUNT = 240;

/**
 * 240 objects applied while the API server grants few requests at once, and a neighbour in the same priority level
 * takes as many of them as it can without ever giving way. Nothing may fail; that requests were refused is checked.
 */
export async function busyNeighbour(stage: Stage): Promise<readonly Row[]> {
  const seconds: number[] = [];
  const manifests = stage.manifests(COUNT);
  for (let round = 1; round <= stage.rounds; round++) {
    await stage.cluster.reset();
    const admin = await stage.cluster.client();
    const engine = await stage.engine();
    try {
      for (const object of SQUEEZE) await admin.apply(object);
      const kubeconfig = squeezedKubeconfig(stage);
      await untilSqueezed(kubeconfig);
      const neighbour = new Neighbour(kubeconfig);
      try {
        const { appliedSeconds, written } = await engine.tell({ verb: 'apply', kubeconfig, manifests });
        if (written !== COUNT) throw new Error(`${written} objects were written`);
        seconds.push(appliedSeconds);
      } finally {
        await neighbour.stop();
      }
      if (neighbour.refused === 0) throw new Error('no request was refused: the level was not squeezed');
    } finally {
      await engine.stop();
      await admin.close();
    }
    stage.say(`busy round ${round} of ${stage.rounds}`);
  }
  return [row('busy-neighbour', 's', median(seconds))];
}

/** The administrator acting as a user whom the level holds: administrators themselves are exempt. */
function squeezedKubeconfig(stage: Stage): string {
  const config = parse(readFileSync(stage.cluster.kubeconfig, 'utf8')) as {
    users: { user: Record<string, unknown> }[];
  };
  for (const { user } of config.users) user['as'] = NAME;
  const path = join(stage.scratch, 'squeezed.kubeconfig');
  writeFileSync(path, stringify(config));
  return path;
}

/** Waits until the server has taken in the level and the role. */
async function untilSqueezed(kubeconfig: string): Promise<void> {
  const server = new RawServer(kubeconfig, 1);
  try {
    while ((await server.ask('GET', '/api/v1/namespaces/warm/configmaps')) !== 200) await sleep(50);
  } finally {
    await server.close();
  }
}

/** Asks all the time, many at once, and asks again whatever the answer is. */
class Neighbour {
  refused = 0;
  readonly #server: RawServer;
  readonly #loops: Promise<unknown>;
  #stopped = false;

  constructor(kubeconfig: string) {
    this.#server = new RawServer(kubeconfig, NEIGHBOURS);
    this.#loops = Promise.all(Array.from({ length: NEIGHBOURS }, () => this.#loop()));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#loops;
    await this.#server.close();
  }

  async #loop(): Promise<void> {
    while (!this.#stopped) {
      if ((await this.#server.ask('GET', '/api/v1/namespaces/warm/configmaps')) === 429) this.refused += 1;
      // It is to take the level's seats, not the machine.
      await sleep(10);
    }
  }
}
