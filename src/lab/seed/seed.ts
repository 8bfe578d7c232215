import { resolve } from 'node:path';
import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import { tellBehind } from '../behind.ts';
import { ClusterApi } from '../cluster-api.ts';
import { apiserverAddress } from '../cluster-objects.ts';
import { contextFor, type ServerContext } from '../context.ts';
import { labDirectory, labExists, labPaths, type LabPaths } from '../directory.ts';
import { LabFailure } from '../failure.ts';
import { withLock } from '../lock.ts';
import { adminAgent } from '../probe.ts';
import { isAlive } from '../processes/identity.ts';
import { readRecord, recordSeed } from '../record.ts';
import { loadOrMakeSecrets } from '../secrets.ts';
import { s3Address } from '../servers/object-store.ts';
import type { ServerName } from '../servers/names.ts';
import { postgresUrl } from '../servers/postgres.ts';
import { seedBuckets } from './buckets.ts';
import { seedDatabases } from './databases.ts';
import { readSeed, type Seed } from './directory.ts';
import { ObjectSeeder } from './objects.ts';
import { settledPods, type SeededPods } from './pods.ts';

/** What seeding a lab came to. */
export interface Seeded {
  readonly lab: string;
  /** The directory, as an absolute path: by it the lab remembers what it was seeded with. */
  readonly directory: string;
  /** Whether the lab was seeded with all of this before: nothing was asked for then, and nothing done. */
  readonly before: boolean;
  /** Objects by their kind. */
  readonly made: Readonly<Record<string, number>>;
  readonly leftAlone: number;
  readonly edited: number;
  readonly databases: readonly string[];
  readonly buckets: readonly string[];
  /** The pods of the namespaces of all objects; null when nothing was done. */
  readonly pods: SeededPods | null;
}

const NEEDED: readonly ServerName[] = ['kube-apiserver', 'postgres', 'kwok', 'pod-inputs'];
const STORES: readonly ServerName[] = ['minio', 'seaweedfs'];

/**
 * Makes in a lab what a directory says that people left: objects as kubectl applies, creates and edits them, databases,
 * buckets. Only what is not there yet is made. It asks the servers of the lab's own record alone, by the lab's own
 * credentials and authority: no other target can be meant.
 *
 * @param options.dir the lab directory; by default WINDLASS_LAB_DIR or the user's own
 * @throws LabFailure when there is no such lab, it is not up, the directory does not read, or a server refuses something.
 */
export async function labSeed(options: {
  readonly dir?: string | undefined;
  readonly directory: string;
}): Promise<Seeded> {
  const paths = labPaths(labDirectory(options.dir));
  const directory = resolve(options.directory);
  requireLab(paths);
  const seed = readSeed(directory);
  return withLock(paths.lock, async () => {
    requireServers(paths);
    const nothing = {
      lab: paths.dir,
      directory,
      made: {},
      leftAlone: 0,
      edited: 0,
      databases: [],
      buckets: [],
      pods: null,
    };
    if (readRecord(paths).seeds?.[directory]?.digest === seed.digest) return { ...nothing, before: true };
    const seeded = await seedServers(contextFor(paths, loadOrMakeSecrets(paths), new Map())('kube-apiserver'), seed);
    if (Object.keys(seed.behind).length > 0) tellBehind(paths, seed.behind);
    recordSeed(paths, directory, seed.digest);
    return { ...nothing, before: false, ...seeded };
  });
}

/**
 * Whether a lab was ever seeded from a directory, whatever was in it then.
 *
 * @throws LabFailure when the record of the lab cannot be read.
 */
export function wasSeeded(dir: string, directory: string): boolean {
  return readRecord(labPaths(dir)).seeds?.[resolve(directory)] !== undefined;
}

async function seedServers(context: ServerContext, seed: Seed): Promise<Omit<Seeded, 'lab' | 'directory' | 'before'>> {
  const { secrets } = context;
  const databases = await seedDatabases(postgresUrl(context), seed.databases);
  const buckets = await seedBuckets(
    context.paths,
    { endpoint: s3Address(context), accessKey: secrets.s3AccessKey, secretKey: secrets.s3SecretKey },
    seed.buckets,
  );
  const agent = adminAgent(context.paths);
  try {
    const api = new ClusterApi(apiserverAddress(context), agent);
    const seeder = new ObjectSeeder(api);
    for (const object of seed.applied) await seeder.apply(object);
    for (const object of seed.edited) await seeder.edit(object);
    for (const object of seed.created) await seeder.create(object);
    const { made, leftAlone, edited } = seeder.result();
    const pods = await settledPods(api, namespacesOf([...seed.applied, ...seed.created]));
    return { made: byKind(made), leftAlone: leftAlone.length, edited: edited.length, databases, buckets, pods };
  } finally {
    await agent.close();
  }
}

function requireLab(paths: LabPaths): void {
  if (labExists(paths)) return;
  throw new LabFailure('There is no lab in it, and only a lab is seeded.', paths.dir, 'Run `windlass lab up` first.');
}

/** By the process on record, so that whoever else listens on a port of the lab is not taken for it. */
function requireServers(paths: LabPaths): void {
  const { servers } = readRecord(paths);
  const isDown = (name: ServerName) => {
    const process = servers[name]?.process;
    return process === undefined || !isAlive(process);
  };
  // Of the object stores a lab has one.
  const down = [...NEEDED.filter(isDown), ...(STORES.every(isDown) ? STORES.slice(0, 1) : [])];
  if (down.length === 0) return;
  throw new LabFailure(
    `Of its servers these do not run: ${down.join(', ')}.`,
    paths.dir,
    'Run `windlass lab up` first.',
  );
}

function namespacesOf(objects: readonly KubernetesObject[]): ReadonlySet<string> {
  return new Set(objects.flatMap(({ metadata }) => metadata.namespace ?? []));
}

function byKind(objects: readonly KubernetesObject[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { kind } of objects) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}
