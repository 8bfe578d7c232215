import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, relative, resolve } from 'node:path';
import { Client } from 'pg';
import type { BundleFiles, EngineContext } from '../src/domain/step-engine.ts';
import { WindlassFailure } from '../src/domain/failure.ts';
import { postgresMigrate } from '../src/domain/kinds/postgres-migrate.ts';
import { nameMigrations } from '../src/domain/migration-naming.ts';
import { postgresMigrateEngine } from '../src/postgres/migrate/migrate-engine.ts';
import { examine } from '../src/postgres/migrate/examine.ts';
import { listMigrations } from '../src/postgres/migrate/migration.ts';
import { ownServer } from '../tests/postgres/support/own-server.ts';

/**
 * Runs the migration history of a project as it is, names included: `node bench/histories.ts DIRECTORY...`. Each goes
 * through plan and apply, and file by file through one session of psql (a transaction a file, where we do so), into databases of their own; then the schemas that
 * pg_dump writes are compared, and the second run must find nothing to do. `DIRECTORY=NAMING` gives the naming, `DIRECTORY:SQL` runs that SQL first in both, for
 * what a project takes for granted, such as `CREATE ROLE`. WINDLASS_BENCH_POSTGRES_URL names a server; without it one is
 * brought up.
 */
interface Outcome {
  readonly history: string;
  readonly naming: string;
  readonly files: number;
  /** A plan of all of them with their rehearsal on a copy of the catalog. */
  readonly rehearsedS: string;
  readonly windlassS: string;
  readonly psqlS: string;
  /** `equal`, or what is not. */
  readonly schema: string;
  readonly again: string;
}

const DOWN = /^--\s*(?:\+(?:goose|migrate)\s+down|migrate:down|down\s+migration)/i;

async function main(): Promise<void> {
  const given = process.env['WINDLASS_BENCH_POSTGRES_URL'];
  const server = given === undefined ? await ownServer() : undefined;
  const url = given ?? server?.connection.url ?? '';
  const outcomes: Outcome[] = [];
  try {
    for (const argument of process.argv.slice(2)) {
      const colon = argument.indexOf(':');
      const [place, before] = colon < 0 ? [argument, ''] : [argument.slice(0, colon), argument.slice(colon + 1)];
      const [directory = '', naming] = place.split('=');
      const outcome = await run(url, resolve(directory), naming, before);
      outcomes.push(outcome);
      process.stdout.write(`${Object.values(outcome).join(' | ')}\n`);
    }
  } finally {
    await server?.close();
  }
  const held = outcomes.filter(({ schema, again }) => schema === 'equal' && again === 'unchanged');
  process.stdout.write(`${held.length} of ${outcomes.length} equal and unchanged the second time\n`);
}

async function run(url: string, directory: string, given: string | undefined, before: string): Promise<Outcome> {
  const [ours, theirs] = await Promise.all([database(url, before), database(url, before)]);
  const files = filesIn(directory);
  const spec = postgresMigrate.parse({
    database: ours,
    source: { directory: 'migrations', naming: given },
    lockTimeout: '1m',
  });
  const history = basename(directory);
  const { naming } = nameMigrations('migrations', files.list('migrations'), spec.source.naming);
  let outcome: Outcome = {
    history,
    naming,
    files: 0,
    rehearsedS: '-',
    windlassS: '-',
    psqlS: '-',
    schema: '-',
    again: '-',
  };
  try {
    const { up } = listMigrations(spec, files, { cache: tmpdir(), mirror: null, admit: () => undefined });
    outcome = { ...outcome, files: up.length };
    const paths = await Promise.all(
      up.map(async (migration) => {
        const { script } = await examine(migration, new AbortController().signal);
        const path = join(directory, relative('migrations', migration.path));
        return { path, inOne: !script.directives.noTransaction };
      }),
    );
    const psql = await timed(() => {
      runPsql(url, theirs, paths);
      return Promise.resolve();
    });
    outcome = { ...outcome, psqlS: psql };
    const engine = postgresMigrateEngine({ url });
    outcome = {
      ...outcome,
      rehearsedS: await timed(async () => {
        await engine.plan(spec, { ...contextOf(files), rehearses: true });
      }),
      windlassS: await timed(async () => {
        await engine.plan(spec, contextOf(files));
        await engine.apply(spec, contextOf(files));
      }),
    };
    const again = await engine.apply(spec, contextOf(files));
    const changed = again.changes.filter(({ action }) => action !== 'unchanged');
    const [mine, other] = [schemaOf(url, ours), schemaOf(url, theirs)];
    return {
      ...outcome,
      schema: mine === other ? 'equal' : `differs: ${firstDifference(mine, other)}`,
      again: changed.length === 0 ? 'unchanged' : `${changed.length} changed`,
    };
  } catch (error) {
    const words = error instanceof WindlassFailure ? `${error.options.object ?? ''}: ${error.message}` : String(error);
    return { ...outcome, schema: words.slice(0, 1_500) };
  }
}

async function database(url: string, before: string): Promise<string> {
  const name = `history_${createHash('sha256').update(`${Math.random()}`).digest('hex').slice(0, 10)}`;
  await ask(url, `CREATE DATABASE ${name}`);
  if (before !== '') await ask(of(url, name), before);
  return name;
}

async function ask(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(sql).finally(() => client.end());
}

function of(url: string, name: string): string {
  return url.replace(/\/[^/]*$/, `/${name}`);
}

/** Every file as psql reads it, in the order in which we run them; of a file with sections, that which makes the change. */
function runPsql(
  url: string,
  name: string,
  paths: readonly { readonly path: string; readonly inOne: boolean }[],
): void {
  const home = mkdtempSync(join(tmpdir(), 'windlass-histories-'));
  try {
    const lines = paths.map(({ path, inOne }, index) => {
      const wrapped = (file: string): string => (inOne ? `BEGIN;\n\\i '${file}'\nCOMMIT;\n` : `\\i '${file}'\n`);
      const text = readFileSync(path, 'utf8').split('\n');
      const down = text.findIndex((line) => DOWN.test(line));
      if (down < 0) return wrapped(path);
      const part = join(home, `${index}.sql`);
      writeFileSync(part, text.slice(0, down).join('\n'));
      return wrapped(part);
    });
    writeFileSync(join(home, 'all.psql'), lines.map((line) => `${line}RESET ALL;\n`).join(''));
    program('psql', [
      '-X',
      '-q',
      '-v',
      'ON_ERROR_STOP=1',
      '-o',
      '/dev/null',
      '-f',
      join(home, 'all.psql'),
      of(url, name),
    ]);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

function schemaOf(url: string, name: string): string {
  const text = program('pg_dump', ['--schema-only', '--exclude-schema=windlass', of(url, name)]);
  return text.replaceAll(/^\\(?:un)?restrict .*$/gm, '');
}

function firstDifference(mine: string, other: string): string {
  const [left, right] = [mine.split('\n'), other.split('\n')];
  const line = left.findIndex((text, index) => text !== right[index]);
  return `${left[line] ?? ''} <> ${right[line] ?? ''}`;
}

function program(name: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(name, args, { encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (status !== 0) {
    const lines = stderr.split('\n').filter((line) => !/NOTICE|^DETAIL|^drop cascades/.test(line));
    throw new Error(`${name}: ${lines.join(' ').slice(-1_000)}`);
  }
  return stdout;
}

async function timed(work: () => Promise<void>): Promise<string> {
  const began = performance.now();
  await work();
  return ((performance.now() - began) / 1_000).toFixed(2);
}

function filesIn(directory: string): BundleFiles {
  const real = (path: string): string => join(directory, relative('migrations', path));
  const paths = readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(?:sql|conf|toml)$/.test(path))
    .map((path) => `migrations/${path}`)
    .sort();
  return {
    list: () => paths,
    read: (path) => readFile(real(path), 'utf8'),
    digest: (path) =>
      createHash('sha256')
        .update(readFileSync(real(path)))
        .digest('hex'),
    stream: (path) => createReadStream(real(path)) as AsyncIterable<Buffer>,
  };
}

function contextOf(files: BundleFiles): EngineContext {
  return {
    files,
    signal: new AbortController().signal,
    progress: () => undefined,
    resolve: () => Promise.reject(new Error('no secrets here')),
    owner: { rollout: 'bench', environment: 'bench', bundle: '', run: 'bench', phase: 'bench', step: 'bench' },
  };
}

await main();
