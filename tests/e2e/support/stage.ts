import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freshName, ownSettings } from '../../support/settings.ts';
import { TestWorker } from '../../support/worker.ts';
import { windlass, type Settings } from './windlass.ts';

/** A rollout, a store and a task queue of one test file alone, on the lab that all share. */
export interface Stage {
  /** Name of the rollout, of its namespace, and of its bucket but for `-uploads`. */
  readonly name: string;
  /** Holds the rollout directory and the store. */
  readonly directory: string;
  readonly rollout: string;
  readonly settings: Settings;
  startWorker(): Promise<void>;
  close(): Promise<void>;
}

/** Sets a stage with the rollout that `windlass init` writes. */
export async function stage(): Promise<Stage> {
  const name = freshName();
  const { settings, scratch, remove } = await ownSettings();
  const rollout = join(scratch, name);
  const workers: TestWorker[] = [];
  const written = await windlass(['init', rollout]);
  if (written.code !== 0) throw new Error(written.stderr);
  await renameTarget(rollout, 'cluster', `cluster-${name}`);
  return {
    name,
    directory: scratch,
    rollout,
    settings,
    startWorker: async () => {
      workers.push(await TestWorker.start(settings, join(scratch, 'worker.log')));
    },
    close: async () => {
      await Promise.all(workers.map((worker) => worker.stop('SIGTERM')));
      remove();
    },
  };
}

/** The lock of a target is one per Temporal namespace, its fence one per cluster: a target shared would be fought for. */
async function renameTarget(rollout: string, from: string, to: string): Promise<void> {
  for (const file of ['rollout.yaml', 'environments/lab.yaml']) {
    const path = join(rollout, file);
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replaceAll(new RegExp(`\\b${from}\\b(?=:|$)`, 'gm'), to));
  }
}
