import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { labDirectory } from '../../src/lab/index.ts';
import { BenchCluster } from './cluster.ts';
import { WindlassProcess } from './contestants.ts';
import { objectsOf, yamlOf } from './objects.ts';
import { rivals, type Rivals } from './rivals.ts';

/** What every part of the suite works with. */
export interface Stage {
  readonly cluster: BenchCluster;
  readonly rivals: Rivals;
  /** A directory of this run alone. */
  readonly scratch: string;
  /** How often each contestant runs: medians are of so many. */
  readonly rounds: number;
  say(line: string): void;
  /** Writes the manifests of so many objects and gives their path. */
  manifests(count: number): string;
  /** Starts a process with our engine, or with that of another checkout; whoever starts it stops it. */
  engine(checkout?: string): Promise<WindlassProcess>;
  close(): Promise<void>;
}

export async function openStage(say: (line: string) => void): Promise<Stage> {
  const programs = await rivals(say);
  const scratch = mkdtempSync(join(tmpdir(), 'windlass-bench-'));
  const cluster = await BenchCluster.open(join(dirname(labDirectory()), 'bench-kubernetes-lab'));
  const manifests = (count: number, namespace?: string): string => {
    const path = join(scratch, `${count}${namespace ?? ''}.yaml`);
    writeFileSync(path, yamlOf(objectsOf(count, namespace)));
    return path;
  };
  return {
    cluster,
    rivals: programs,
    scratch,
    say,
    rounds: Number(process.env['BENCH_ROUNDS'] ?? 5),
    manifests,
    engine: (checkout) => WindlassProcess.start(cluster.kubeconfig, manifests(100, 'warm'), checkout),
    close: async () => {
      await cluster.close();
      rmSync(scratch, { recursive: true, force: true });
    },
  };
}
