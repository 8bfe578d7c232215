import { createWriteStream, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ownServer } from '../../tests/postgres/support/own-server.ts';
import { BEFORE, interleaved, type Row, type Suite } from '../harness.ts';
import { Field, type Sets } from '../postgres/field.ts';
import { bulkData, hundredFiles, largeSchema } from '../support/schema.ts';

const ROUNDS = 5;
const BULK_ROUNDS = 5;

const BEFORE_CHILD = BEFORE === undefined ? null : join(BEFORE, 'bench/postgres/child.ts');

/**
 * Migrations against a server of their own, each contestant on an empty database. The limit is one psql session with the
 * same transactions. Ours is the engine as a worker runs it, plan and apply, without the start of a process; the others
 * are programs, and their start counts. `large-schema-cold` is ours with the start of a process, loading the built code and
 * all; an earlier build (`BENCH_BEFORE`) stands beside those rows.
 */
export const postgres: Suite = {
  name: 'postgres',
  async run(say): Promise<readonly Row[]> {
    const home = mkdtempSync(join(tmpdir(), 'windlass-bench-'));
    const server = await ownServer();
    try {
      const field = new Field(server.connection, home);
      await field.warmUp();
      const rows = [...(await large(field)), ...(await hundred(field)), await nothing(field)];
      say('schemas done, now 100 MB of data');
      return [...rows, ...(await bulk(field))];
    } finally {
      await server.close();
      rmSync(home, { recursive: true, force: true });
    }
  },
};

async function large(field: Field): Promise<readonly Row[]> {
  const sets = field.write('large', [largeSchema()]);
  await field.stock(6 * ROUNDS);
  const times: Times = await interleaved(
    {
      ours: field.ours(sets),
      cold: sync(() => void field.cold(sets)),
      ...beforeBy(field, sets),
      psql: field.psql(sets),
      'golang-migrate': field.golang(sets),
      'node-pg-migrate': field.node(sets),
    },
    ROUNDS,
  );
  return warmAndCold('large-schema', times);
}

/** The build before, as a program of its own. */
function beforeBy(field: Field, sets: Sets): Record<string, () => Promise<void>> {
  return BEFORE_CHILD === null ? {} : { before: sync(() => void field.cold(sets, BEFORE_CHILD)) };
}

type Times = Readonly<Record<string, number>>;

function warmAndCold(name: string, { cold = 0, before, ...times }: Times): readonly Row[] {
  const all = before === undefined ? times : { ...times, before };
  return [rowOf(name, times), rowOf(`${name}-cold`, { ...all, ours: cold })];
}

async function hundred(field: Field): Promise<readonly Row[]> {
  const sets = field.write('hundred', hundredFiles());
  await field.stock(6 * ROUNDS);
  const times: Times = await interleaved(
    {
      ours: field.ours(sets),
      cold: sync(() => void field.cold(sets)),
      ...beforeBy(field, sets),
      psql: field.psql(sets),
      'golang-migrate': field.golang(sets),
      'node-pg-migrate': field.node(sets),
    },
    ROUNDS,
  );
  return warmAndCold('hundred-files', times);
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

/** A data file of 100 MB in the form of a dump, which the rivals cannot run: time, and memory of a whole process. */
async function bulk(field: Field): Promise<readonly Row[]> {
  const directory = join(field.home, 'bulk');
  mkdirSync(directory);
  const path = join(directory, 'V1__bulk.sql');
  await pipeline(Readable.from(bulkData()), createWriteStream(path));
  const sets: Sets = { directory, golang: '', node: '', files: [path] };
  await field.stock(2 * BULK_ROUNDS + 1);
  const times = await interleaved({ ours: field.ours(sets), psql: field.psql(sets) }, BULK_ROUNDS);
  const memory = { name: 'bulk-data-memory', unit: 'MiB', ours: field.cold(sets), rivals: {}, limit: null } as const;
  return [rowOf('bulk-data', times), memory];
}

function rowOf(name: string, times: Times): Row {
  const { ours = 0, ...rivals } = times;
  const rounded = Object.entries(rivals).map(([rival, value]) => [rival, round(value)] as const);
  return { name, unit: 's', ours: round(ours), rivals: Object.fromEntries(rounded), limit: round(rivals['psql'] ?? 0) };
}

function round(value: number): number {
  return Number(value.toFixed(3));
}
