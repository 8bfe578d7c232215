import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import type { PostgresConnection } from '../../src/postgres/connection.ts';
import { postgresMigrateEngine } from '../../src/postgres/migrate/migrate-engine.ts';
import { built } from '../support/built.ts';
import { golangMigrate, nodePgMigrate, run } from '../support/rivals.ts';
import { largeSchema } from '../support/schema.ts';
import { contextOf, specOf } from './files.ts';

const CHILD = fileURLToPath(new URL('child.ts', import.meta.url));

/** The same migrations in the form that each contestant reads. */
export interface Sets {
  readonly directory: string;
  readonly golang: string;
  readonly node: string;
  readonly files: readonly string[];
}

/** Where the contestants run. */
export class Field {
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

  /**
   * The same in a process of its own, its start included, with the built code.
   *
   * @param child the program that does it: that of this build, or of another checkout.
   * @returns MiB that it held at most, Node.js and all.
   */
  cold({ directory }: Sets, child = CHILD): number {
    const args = [built(child), this.#connection.url, directory, this.take()];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`the migration ended with ${String(status)}: ${stderr.slice(-2_000)}`);
    return Number(stdout);
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
    return () => {
      work(this.take());
      return Promise.resolve();
    };
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
