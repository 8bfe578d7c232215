/** What a kind of warning means for those who use a table at the time. Source: PostgreSQL's manual, "Explicit Locking". */
export interface Code {
  /** The lock that is held until the file is done, in the manual's words. */
  readonly lock: string;
  readonly waits: string;
  /** SQL, or a way, that does the same and keeps nobody waiting. */
  readonly safer: string;
}

const READERS = 'everybody who reads or writes';
const WRITERS = 'everybody who writes';
const ALL = 'ACCESS EXCLUSIVE';
const CONCURRENTLY = 'in a file with `-- windlass: no-transaction`';

/** By their stable names: `-- windlass: silence NAME` before a statement silences it there. */
export const CODES = {
  'table-rewrite': {
    lock: ALL,
    waits: READERS,
    safer: 'add a new column, fill it in batches, and let it take the place of the old one',
  },
  'add-column-rewrite': {
    lock: ALL,
    waits: READERS,
    safer: 'ADD COLUMN without a default, ALTER COLUMN ... SET DEFAULT, fill what is there in batches',
  },
  'storage-rewrite': { lock: ALL, waits: READERS, safer: 'make a new table and move the rows in batches' },
  'vacuum-full': { lock: ALL, waits: READERS, safer: 'VACUUM without FULL, or pg_repack' },
  cluster: { lock: ALL, waits: READERS, safer: 'pg_repack' },
  'index-build': { lock: 'SHARE', waits: WRITERS, safer: `CREATE INDEX CONCURRENTLY ${CONCURRENTLY}` },
  'constraint-index': {
    lock: ALL,
    waits: READERS,
    safer: `CREATE UNIQUE INDEX CONCURRENTLY ${CONCURRENTLY}, then ADD CONSTRAINT ... USING INDEX`,
  },
  'index-rebuild': { lock: 'SHARE', waits: WRITERS, safer: `REINDEX ... CONCURRENTLY ${CONCURRENTLY}` },
  'index-drop': { lock: ALL, waits: READERS, safer: `DROP INDEX CONCURRENTLY ${CONCURRENTLY}` },
  'not-null-scan': {
    lock: ALL,
    waits: READERS,
    safer: 'ADD CHECK (... IS NOT NULL) NOT VALID, VALIDATE it in a file of its own, then SET NOT NULL',
  },
  'not-null-fails': { lock: ALL, waits: READERS, safer: 'give it a DEFAULT' },
  'check-scan': { lock: ALL, waits: READERS, safer: 'ADD ... NOT VALID, and VALIDATE CONSTRAINT in a file of its own' },
  'foreign-key-scan': {
    lock: 'SHARE ROW EXCLUSIVE (of both tables)',
    waits: WRITERS,
    safer: 'ADD ... NOT VALID, and VALIDATE CONSTRAINT in a file of its own',
  },
  'foreign-key-lock': {
    lock: 'SHARE ROW EXCLUSIVE of the table that it refers to',
    waits: WRITERS,
    safer: 'add the column first, and the foreign key NOT VALID in a short file of its own',
  },
  'validate-in-same-file': {
    lock: `${ALL} or SHARE ROW EXCLUSIVE, from ADD ... NOT VALID`,
    waits: WRITERS,
    safer: 'VALIDATE CONSTRAINT in a file of its own, which lets others write',
  },
  'domain-scan': {
    lock: 'SHARE',
    waits: WRITERS,
    safer: 'ALTER DOMAIN ... ADD CONSTRAINT ... NOT VALID, and VALIDATE CONSTRAINT in a file of its own',
  },
  'attach-scan': {
    lock: `${ALL} of the partition and of the default partition`,
    waits: READERS,
    safer:
      'give the partition a validated CHECK of its bounds before, and the default one a CHECK that leaves them out',
  },
  'detach-lock': {
    lock: `${ALL} of the parent`,
    waits: READERS,
    safer: `DETACH PARTITION ... CONCURRENTLY ${CONCURRENTLY}`,
  },
  scan: { lock: ALL, waits: READERS, safer: 'let what must look at every row run where it holds no such lock' },
  refresh: { lock: ALL, waits: 'everybody who reads', safer: 'REFRESH MATERIALIZED VIEW CONCURRENTLY' },
  'update-all': { lock: 'of every row', waits: 'whoever writes the same rows', safer: 'UPDATE in batches by key' },
  'delete-rows': {
    lock: 'of every such row',
    waits: 'whoever writes the same rows',
    safer: 'copy them into a table of their own first, and DELETE in batches by key',
  },
  'lock-table': { lock: 'as it says', waits: 'whoever needs a lock that conflicts', safer: 'shorter files' },
  rename: {
    lock: ALL,
    waits: `${READERS}, and then fails by the old name`,
    safer: 'add what is new beside it, move applications over, drop the old one later; a view can keep an old name',
  },
  'constraint-cascade': {
    lock: `${ALL} of all these tables`,
    waits: READERS,
    safer: 'drop the foreign keys by name first, so that a reader sees which',
  },
} as const satisfies Readonly<Record<string, Code>>;

export type WarningCode = keyof typeof CODES;

export function isWarningCode(text: string): text is WarningCode {
  return Object.hasOwn(CODES, text);
}

/** A warning in one line: what, the lock, who waits, the way around. */
export function warningLine(place: string, code: WarningCode, what: string): string {
  const { lock, waits, safer } = CODES[code];
  return `${place}: ${what} [${code}; lock: ${lock}; waits: ${waits}; safer: ${safer}]`;
}
