import { postgresMigrate, type PostgresMigrateSpec } from '../../../src/domain/kinds/postgres-migrate.ts';
import { postgresMigrateEngine } from '../../../src/postgres/migrate/migrate-engine.ts';
import { contextOf } from './context.ts';
import { labConnection } from './lab.ts';

/**
 * A worker that can be killed: applies the step given as JSON in the first argument and prints one line of JSON for each
 * progress, and a last one when it is done.
 */
export interface MigrateJob {
  readonly spec: unknown;
  readonly files: Readonly<Record<string, string>>;
}

const job = JSON.parse(process.argv[2] ?? '') as MigrateJob;
const print = (line: unknown): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
const context = contextOf({ files: job.files, progress: print });
const spec: PostgresMigrateSpec = postgresMigrate.parse(job.spec);
await postgresMigrateEngine(labConnection()).apply(spec, context);
print({ done: true });
