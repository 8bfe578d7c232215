import { createHash } from 'node:crypto';
import {
  createReadStream,
  createWriteStream,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Client } from 'pg';
import type { BundleFiles, EngineContext } from '../../src/domain/engine.ts';
import { postgresMigrate, type PostgresMigrateSpec } from '../../src/domain/kinds/postgres-migrate.ts';
import type { PostgresConnection } from '../../src/postgres/connection.ts';
import { postgresMigrateEngine } from '../../src/postgres/migrate/engine.ts';
import { ownServer } from '../../tests/postgres/support/own-server.ts';
import { interleaved, median, type Row, type Suite } from '../harness.ts';
import { golangMigrate, nodePgMigrate, run } from '../support/rivals.ts';
import { bulkData, hundredFiles, largeSchema } from '../support/schema.ts';

const ROUNDS = 5;
const BULK_ROUNDS = 3;

/**
 * Migrations against a server of their own, each contestant on an empty database. The limit is one psql session with the
 * same transactions. Ours is the engine as a worker runs it, plan and apply, without the start of a process; the others
 * are programs, and their start counts.
 */
export const postgres: Suite = {
  name: 'postgres',
  async run(say): Promise<readonly Row[]> {
    const home = mkdtempSync(join(tmpdir(), 'windlass-bench-'));
    const server = await ownServer();
    try {
      const field = new Field(server.connection, home);
      await field.warmUp();
      const rows = [await large(field), await hundred(field), await nothing(field)];
      say('schemas done, now 100 MB of data');
      return [...rows, ...(await bulk(field))];
    } finally {
      await server.close();
      rmSync(home, { recursive: true, force: true });
    }
  },
};

async function large(field: Field): Promise<Row> {
  const sets = field.write('large', [largeSchema()]);
  await field.stock(4 * ROUNDS);
  const times = await interleaved(
    {
      ours: field.ours(sets),
      psql: field.psql(sets),
      'golang-migrate': field.golang(sets),
      'node-pg-migrate': field.node(sets),
    },
    ROUNDS,
  );
  return rowOf('large-schema', times);
}

async function hundred(field: Field): Promise<Row> {
  const sets = field.write('hundred', hundredFiles());
  await field.stock(4 * ROUNDS);
  const times = await interleaved(
    {
      ours: field.ours(sets),
      psql: field.psql(sets),
      'golang-migrate': field.golang(sets),
      'node-pg-migrate': field.node(sets),
    },
    ROUNDS,
  );
  return rowOf('hundred-files', times);
}

/** A hundred files that all ran: plan, apply and verify find nothing to do. */
async function nothing(field: Field): Promise<Row> {
  const sets = field.write('nothing', hundredFiles());
  await field.stock(3);
  const [mine, theirs, others] = [field.take(), field.take(), field.take()];
  await field.apply(mine, sets);
  field.runGolang(theirs, sets);
  field.runNode(others, sets);
  const times = await interleaved(
    {
      ours: async () => {
        await field.apply(mine, sets);
        await field.verify(mine, sets);
      },
      psql: sync(() => {
        field.runPsql(mine, ['-c', 'SELECT version FROM windlass.ledger']);
      }),
      'golang-migrate': sync(() => {
        field.runGolang(theirs, sets);
      }),
      'node-pg-migrate': sync(() => {
        field.runNode(others, sets);
      }),
    },
    ROUNDS,
  );
  return rowOf('nothing-to-do', times);
}

function sync(work: () => void): () => Promise<void> {
  return () => {
    work();
    return Promise.resolve();
  };
}

/** A data file of 100 MB in the form of a dump, which the rivals cannot run: time, and memory beyond what was used before. */
async function bulk(field: Field): Promise<readonly Row[]> {
  const directory = join(field.home, 'bulk');
  mkdirSync(directory);
  const path = join(directory, 'V1__bulk.sql');
  await pipeline(Readable.from(bulkData()), createWriteStream(path));
  const sets: Sets = { directory, golang: '', node: '', files: [path] };
  const peaks: number[] = [];
  await field.stock(2 * BULK_ROUNDS);
  const times = await interleaved(
    {
      ours: async () => {
        peaks.push(await peakOf(field.ours(sets)));
      },
      psql: field.psql(sets),
    },
    BULK_ROUNDS,
  );
  const { ours, psql } = times;
  return [
    rowOf('bulk-data', { ours, psql }),
    { name: 'bulk-data-memory', unit: 'MiB', ours: Math.round(median(peaks)), rivals: {}, limit: null },
  ];
}

/** MiB by which the process grew at most while it worked. */
async function peakOf(work: () => Promise<void>): Promise<number> {
  const before = process.memoryUsage().rss;
  let peak = before;
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().rss);
  }, 50);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  return (peak - before) / 2 ** 20;
}

function rowOf(name: string, times: Readonly<Record<string, number>>): Row {
  const { ours = 0, psql = 0, ...rivals } = times;
  const rounded = Object.entries(rivals).map(([rival, value]) => [rival, round(value)] as const);
  return { name, unit: 's', ours: round(ours), rivals: Object.fromEntries(rounded), limit: round(psql) };
}

function round(value: number): number {
  return Number(value.toFixed(3));
}

/** The same migrations in the form that each contestant reads. */
interface Sets {
  readonly directory: string;
  readonly golang: string;
  readonly node: string;
  readonly files: readonly string[];
}

/** Where the contestants run. */
class Field {
  readonly home: string;
  readonly #connection: PostgresConnection;
  readonly #engine: ReturnType<typeof postgresMigrateEngine>;
  readonly #empty: string[] = [];
  #made = 0;

  constructor(connection: PostgresConnection, home: string) {
    this.#connection = connection;
    this.home = home;
    this.#engine = postgresMigrateEngine(connection);
  }

  /** What a worker has done long before: the parser is loaded, the rivals are built. */
  async warmUp(): Promise<void> {
    golangMigrate();
    nodePgMigrate();
    await this.stock(2);
    const sets = this.write('warm', [largeSchema()]);
    for (let round = 0; round < 2; round += 1) await this.ours(sets)();
  }

  write(name: string, contents: readonly string[]): Sets {
    const [directory, golang, node] = ['ours', 'golang', 'node'].map((whose) => join(this.home, name, whose));
    if (directory === undefined || golang === undefined || node === undefined)
      throw new RangeError('three directories');
    for (const path of [directory, golang, node]) mkdirSync(path, { recursive: true });
    const files = contents.map((sql, index) => {
      const n = index + 1;
      const path = join(directory, `V${n}__file.sql`);
      writeFileSync(path, sql);
      writeFileSync(join(golang, `${String(n).padStart(6, '0')}_file.up.sql`), sql);
      writeFileSync(join(node, `${1_700_000_000_000 + n}_file.sql`), `-- Up Migration\n${sql}`);
      return path;
    });
    return { directory, golang, node, files };
  }

  /** Makes empty databases ahead, so that making them is not measured. */
  async stock(count: number): Promise<void> {
    const client = new Client({ connectionString: this.#connection.url });
    await client.connect();
    for (let n = 0; n < count; n += 1) {
      const name = `bench_${(this.#made += 1)}`;
      await client.query(`CREATE DATABASE ${name}`);
      this.#empty.push(name);
    }
    await client.end();
  }

  take(): string {
    const name = this.#empty.pop();
    if (name === undefined) throw new RangeError('no empty database is left');
    return name;
  }

  ours = (sets: Sets) => (): Promise<void> => this.apply(this.take(), sets);
  psql = (sets: Sets) =>
    this.#program((database) => {
      this.runPsql(database, ['-f', this.#script(sets)]);
    });
  golang = (sets: Sets) =>
    this.#program((database) => {
      this.runGolang(database, sets);
    });
  node = (sets: Sets) =>
    this.#program((database) => {
      this.runNode(database, sets);
    });

  /** As a rollout does: plan, then apply. */
  async apply(database: string, { directory }: Sets): Promise<void> {
    const context = contextOf(directory);
    await this.#engine.plan(specOf(database), context);
    await this.#engine.apply(specOf(database), context);
  }

  async verify(database: string, { directory }: Sets): Promise<void> {
    await this.#engine.verify(specOf(database), contextOf(directory));
  }

  runPsql(database: string, args: readonly string[]): void {
    run('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', ...args, this.#url(database)]);
  }

  runGolang(database: string, { golang }: Sets): void {
    run(golangMigrate(), ['-path', golang, '-database', `${this.#url(database)}?sslmode=disable`, 'up']);
  }

  runNode(database: string, { node }: Sets): void {
    const env = { ...process.env, DATABASE_URL: this.#url(database) };
    run(process.execPath, [nodePgMigrate(), 'up', '-m', node], { env });
  }

  #program(work: (database: string) => void): () => Promise<void> {
    return sync(() => {
      work(this.take());
    });
  }

  /** One session with one transaction a file. */
  #script({ directory, files }: Sets): string {
    const path = join(directory, 'all.psql');
    writeFileSync(path, files.map((file) => `BEGIN;\n\\i ${file}\nCOMMIT;\n`).join(''));
    return path;
  }

  #url(database: string): string {
    return this.#connection.url.replace(/\/postgres$/, `/${database}`);
  }
}

function specOf(database: string): PostgresMigrateSpec {
  return postgresMigrate.parse({ database, source: { directory: 'db' } });
}

const digests = new Map<string, string>();

/** Files of a directory as those of a bundle, whose digests are known beforehand. */
function filesIn(directory: string): BundleFiles {
  const real = (path: string): string => path.replace(/^db/, directory);
  const digest = (path: string): string => {
    const known = digests.get(real(path));
    if (known !== undefined) return known;
    const found = createHash('sha256')
      .update(readFileSync(real(path)))
      .digest('hex');
    digests.set(real(path), found);
    return found;
  };
  return {
    list: () =>
      readdirSync(directory)
        .filter((name) => name.endsWith('.sql'))
        .sort()
        .map((name) => `db/${name}`),
    read: (path) => readFile(real(path), 'utf8'),
    digest,
    stream: (path) => createReadStream(real(path), { highWaterMark: 2 ** 20 }) as AsyncIterable<Buffer>,
  };
}

function contextOf(directory: string): EngineContext {
  return {
    files: filesIn(directory),
    signal: new AbortController().signal,
    progress: () => undefined,
    resolve: () => Promise.reject(new Error('no secrets here')),
    owner: { rollout: 'bench', environment: 'bench', bundle: '', run: 'bench', phase: 'bench', step: 'bench' },
  };
}
