// `make bench` runs every suite, `make bench SUITE=lab` one. Results are for reading; no test and no CI gates on them.
import { writeResults, type Suite } from './harness.ts';
import { audit } from './suites/audit.ts';
import { cold } from './suites/cold.ts';
import { drill } from './suites/drill.ts';
import { kubernetes } from './suites/kubernetes.ts';
import { lab } from './suites/lab.ts';
import { load } from './suites/load.ts';
import { postgres } from './suites/postgres.ts';
import { steps } from './suites/steps.ts';

const SUITES: readonly Suite[] = [lab, cold, steps, kubernetes, postgres, drill, audit, load];

const wanted = process.env['SUITE'];
// What takes minutes and all of the machine runs only when it is named.
const named = wanted !== undefined && wanted !== '';
const chosen = SUITES.filter((suite) => (named ? suite.name === wanted : suite !== cold));
if (chosen.length === 0) {
  console.error(`No suite ${String(wanted)}; there is ${SUITES.map((suite) => suite.name).join(', ')}.`);
  process.exitCode = 2;
}
for (const suite of chosen) {
  const say = (line: string): void => {
    console.error(`${suite.name}: ${line}`);
  };
  const rows = await suite.run(say, (early) => void writeResults(suite.name, early));
  for (const row of rows) {
    const rivals = Object.entries(row.rivals).map(
      ([name, value]) => `${name} ${value} (${(value / row.ours).toFixed(1)}x)`,
    );
    const limit = row.limit === null ? [] : [`limit ${row.limit} (${(row.limit / row.ours).toFixed(2)} of its speed)`];
    console.log([`${row.name}: ${row.ours} ${row.unit}`, ...rivals, ...limit].join(', '));
  }
  console.log(`written: ${writeResults(suite.name, rows)}`);
}
