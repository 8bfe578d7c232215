import { cp, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { labAddresses } from '../../../src/lab/addresses.ts';
import { freshName, ownSettings } from '../../support/settings.ts';
import { writePolicy } from '../../support/policies.ts';
import { TestWorker } from '../../support/worker.ts';
import { listening } from '../../objectstore/support.ts';
import { windlassJson, type Settings } from './windlass.ts';

const FIXTURES = fileURLToPath(new URL('../../fixtures/rollouts', import.meta.url));
/** In the path of the webhook, as those of chat services have it. */
export const TOKEN = 'T0KEN-that-nobody-may-see';

/** A rollout with a drill, in a directory, a Temporal namespace and a store of its own, and a webhook that it tells. */
export interface DrilledStage {
  readonly suffix: string;
  /** Name of the rollout. */
  readonly name: string;
  readonly rollout: string;
  readonly settings: Settings;
  readonly log: string;
  /** What the webhook was sent. */
  readonly told: readonly Record<string, unknown>[];
  /** What `--environment` and `--set` must say wherever the directory is read. */
  readonly where: readonly string[];
  startWorker(): Promise<TestWorker>;
  /** Starts the rollout and waits for its end. */
  carryThrough(): Promise<unknown>;
  close(): Promise<void>;
}

export async function drilledStage(fixture = 'drilled'): Promise<DrilledStage> {
  const suffix = freshName();
  const own = await ownSettings();
  const name = `${fixture}-${suffix}`;
  const rollout = join(own.scratch, name);
  await cp(join(FIXTURES, fixture), rollout, { recursive: true });
  // Locks are one per Temporal namespace, but fences one per cluster: a target that is shared would be fought for.
  for (const file of ['rollout.yaml', 'environments/lab.yaml'])
    await rewrite(join(rollout, file), (text) =>
      text
        .replace(`name: ${fixture}\n`, `name: ${name}\n`)
        .replaceAll(/\bcluster\b(?=:|$)/gm, `cluster-${suffix}`)
        .replaceAll(/\bdatabase\b(?=: \{ kind|$)/gm, `database-${suffix}`),
    );
  const told: Record<string, unknown>[] = [];
  const webhook = await listening(
    createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        told.push(JSON.parse(body) as Record<string, unknown>);
        response.end('ok');
      });
    }),
  );
  const settings = {
    ...own.settings,
    WINDLASS_SILENCE_SECONDS: '5',
    WINDLASS_TEST_WEBHOOK: `http://127.0.0.1:${webhook.port}/hooks/${TOKEN}`,
    WINDLASS_POLICY: join(own.scratch, 'policy.yaml'),
  };
  // A webhook is no server of the lab, so that a worker without a policy tells it nothing.
  const lab = {
    ...{ signatures: 'optional', selfApproval: true },
    references: { variables: ['WINDLASS_LAB_*', 'WINDLASS_TEST_WEBHOOK'] },
    endpoints: [...labAddresses(), `127.0.0.1:${webhook.port}`],
  };
  await writePolicy(settings.WINDLASS_POLICY, { lab });
  const log = join(own.scratch, 'worker.log');
  const workers: TestWorker[] = [];
  const where = ['--environment', 'lab', '--set', `suffix=${suffix}`];
  return {
    suffix,
    name,
    rollout,
    settings,
    log,
    told,
    where,
    startWorker: async () => {
      const worker = await TestWorker.start(settings, log);
      workers.push(worker);
      return worker;
    },
    carryThrough: async () => (await windlassJson(['start', rollout, ...where, '--watch'], settings)).document,
    close: async () => {
      await Promise.all(workers.map((worker) => worker.stop('SIGTERM')));
      await webhook[Symbol.asyncDispose]();
      own.remove();
    },
  };
}

async function rewrite(path: string, change: (text: string) => string): Promise<void> {
  await writeFile(path, change(await readFile(path, 'utf8')));
}
