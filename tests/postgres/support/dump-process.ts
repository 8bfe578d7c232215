import type { Json } from '../../../src/domain/json.ts';
import { databaseDrill } from './database-drill.ts';

/**
 * A worker that can be killed: goes through the stages of a drill of the database, bucket and run that are its arguments,
 * and prints one line of JSON for each state of its journal (`{"state": ...}`) and each progress.
 */
const [database = '', bucket = '', run = ''] = process.argv.slice(2);
const print = (line: Json): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
const part = databaseDrill({ database, bucket, run, context: { progress: print } });
const planted = await part.plant('nonce-of-this-drill');
print({ state: planted });
const recorded = await part.record(planted, 'backup');
print({ state: recorded });
const compare = await part.restore(recorded, 'backup');
print({ restored: true });
await compare();
