import { cacheCompiled } from '../../src/compile-cache.ts';
import { peakMebibytes } from '../../tests/support/peak-memory.ts';

// Plans and applies the files of a directory, as a program of its own: URL of the server, directory, database. Prints the
// MiB that it held at most.
// As the command line starts.
cacheCompiled();
const { postgresMigrateEngine } = await import('../../src/postgres/migrate/migrate-engine.ts');
const { contextOf, specOf } = await import('./files.ts');
const [url = '', directory = '', database = ''] = process.argv.slice(2);
const engine = postgresMigrateEngine({ url });
await engine.plan(specOf(database), contextOf(directory));
await engine.apply(specOf(database), contextOf(directory));
process.stdout.write(String(Math.round(peakMebibytes())));
