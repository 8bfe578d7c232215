import { z } from 'zod';

/** Where a dump lies: in the bucket of the backup. */
const place = z.object({ bucket: z.string(), key: z.string() });
export type DumpPlace = z.output<typeof place>;

const dump = place.extend({
  /** Null where the bucket keeps no versions. */
  versionId: z.string().nullable(),
  bytes: z.number(),
  /** In hex. */
  sha256: z.string(),
});
/** A dump as it was written. */
export type Dump = z.output<typeof dump>;

const table = z.object({
  /** Null, like the checksum, where the rows are not compared as the table's own: foreign tables, and most partitioned ones. */
  rows: z.number().nullable(),
  /** The same for the same rows in any order; a secret like the rows themselves. */
  checksum: z.string().nullable(),
  /** Names and types of its columns. */
  columns: z.string(),
});
export type TableContent = z.output<typeof table>;

const content = z.object({
  /**
   * How it was looked at. 2: rows in the database's own encoding, those of hash partitions as rows of the whole, and event
   * triggers. Releases up to 0.1.0 write 1.
   */
  form: z.union([z.literal(1), z.literal(2)]).default(1),
  /** What cannot be compared, in words. */
  notCompared: z.array(z.string()).default([]),
  /** By qualified name. */
  tables: z.record(z.string(), table),
  /** What each gives next: first and last seen, since sequences move on while everything else is looked at. */
  sequences: z.record(z.string(), z.tuple([z.string(), z.string()])),
  /** Everything else by kind and name: `index public.by_day`. */
  objects: z.array(z.string()),
});
/** What a database held at one moment. */
export type DatabaseContent = z.output<typeof content>;

/** What the journal of a drill keeps of a database that a sentinel was planted in. */
export const planted = z.object({ schema: z.string(), nonce: z.string() });
export type Planted = z.output<typeof planted>;

/** And once it was dumped: what the dump must bring back. */
export const recorded = planted.extend({
  content,
  dump,
  /** The moment that the dump shows, ISO 8601 in UTC. */
  at: z.string(),
  /** How long dumping took. */
  seconds: z.number(),
});
export type DatabaseRecord = Omit<z.output<typeof recorded>, keyof Planted>;
