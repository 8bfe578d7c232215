import { postgresMigrateEngine } from '../../src/postgres/migrate/migrate-engine.ts';
import { peakMebibytes } from '../../tests/support/peak-memory.ts';
import { contextOf, specOf } from './files.ts';

// Plans and applies the files of a directory, as a program of its own: URL of the server, directory, database. Prints the
// MiB that it held at most.
const [url = '', directory = '', database = ''] = process.argv.slice(2);
const engine = postgresMigrateEngine({ url });
await engine.plan(specOf(database), contextOf(directory));
await engine.apply(specOf(database), contextOf(directory));
process.stdout.write(String(Math.round(peakMebibytes())));
