import { z } from 'zod';
import type { LabPaths } from './directory.ts';
import { PRIVATE, readIfThere, writeFileAtomically } from './files.ts';
import { LabFailure } from './failure.ts';
import { ADDITION_SERVER_NAMES, ADDITIONS, type Addition } from './servers/names.ts';

const serverRecord = z.object({
  /** Port by its use: `{ client: 23001, peer: 23002 }`. All on 127.0.0.1. */
  ports: z.record(z.string(), z.int()),
  program: z.string().optional(),
  /** The process that was last started; whether it still runs is told by its start time. */
  process: z.object({ pid: z.int(), startTime: z.string() }).optional(),
});
const seedRecord = z.object({
  /** SHA-256 of the files that it was seeded from. */
  digest: z.string(),
});
const labRecord = z.object({
  version: z.literal(1),
  servers: z.record(z.string(), serverRecord),
  /** What the lab was seeded with, by the directory. */
  seeds: z.record(z.string(), seedRecord).optional(),
  /** Buckets of a seed that were begun: while they are here, nobody knows whether all of their objects are there. */
  filling: z.array(z.string()).optional(),
});

export type ServerRecord = z.output<typeof serverRecord>;
export type LabRecord = z.output<typeof labRecord>;

/** What `lab.json` says; an empty lab when there is no such file. */
export function readRecord(paths: LabPaths): LabRecord {
  const text = readIfThere(paths.record);
  if (text === undefined) return { version: 1, servers: {} };
  try {
    return labRecord.parse(JSON.parse(text));
  } catch (error) {
    throw new LabFailure(
      'The record of the lab cannot be read.',
      paths.record,
      'Stop the processes that name this directory, then delete it.',
      error,
    );
  }
}

/** What the lab has beyond the servers of every lab: it was asked for, and the lab was not brought down since. */
export function additionsOf({ servers }: LabRecord): Addition[] {
  return ADDITIONS.filter((addition) => ADDITION_SERVER_NAMES[addition].some((name) => servers[name] !== undefined));
}

/** Forgets all additions: the lab is as every lab again. The caller holds the lab's lock. */
export function forgetAdditions(paths: LabPaths): void {
  const record = readRecord(paths);
  const added = new Set<string>(Object.values(ADDITION_SERVER_NAMES).flat());
  const servers = Object.fromEntries(Object.entries(record.servers).filter(([name]) => !added.has(name)));
  writeRecord(paths, { ...record, servers });
}

/** Changes one server's entry, reading the file anew: the caller holds the lab's lock. */
export function updateRecord(paths: LabPaths, server: string, change: Partial<ServerRecord>): void {
  const record = readRecord(paths);
  const before = record.servers[server] ?? { ports: {} };
  const servers = { ...record.servers, [server]: { ...before, ...change } };
  writeRecord(paths, { ...record, servers });
}

/** Notes that the lab was seeded from a directory. The caller holds the lab's lock. */
export function recordSeed(paths: LabPaths, directory: string, digest: string): void {
  const record = readRecord(paths);
  writeRecord(paths, { ...record, seeds: { ...record.seeds, [directory]: { digest } } });
}

/** Notes that a bucket of a seed is begun, or that all of it is there. The caller holds the lab's lock. */
export function recordFilling(paths: LabPaths, bucket: string, isDone: boolean): void {
  const record = readRecord(paths);
  const others = (record.filling ?? []).filter((one) => one !== bucket);
  writeRecord(paths, { ...record, filling: isDone ? others : [...others, bucket] });
}

function writeRecord(paths: LabPaths, record: LabRecord): void {
  writeFileAtomically(paths.record, `${JSON.stringify(record, undefined, 2)}\n`, PRIVATE);
}
