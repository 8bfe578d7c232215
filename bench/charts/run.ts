// `make charts CHARTS=DIR`: renders every chart below a directory, compares it with `helm template`, applies it to a lab
// and loads and plans it once more. For charts that are not ours: nothing of them is in this repository. A chart needs its
// dependencies in its charts/. `ONLY=kafka,redis` takes some of them.
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { clusterAsker } from '../../src/steps/ask-cluster.ts';
import { openLabCluster } from './cluster.ts';
import { tryChart, type Verdict } from './try-chart.ts';

const directory = process.env['CHARTS'] ?? '';
const only = (process.env['ONLY'] ?? '').split(',').filter((name) => name !== '');
if (directory === '') {
  console.error('No charts were tried: name a directory of charts, as in `make charts CHARTS=/path`.');
  process.exitCode = 2;
} else await run();

async function run(): Promise<void> {
  await using cluster = await openLabCluster();
  const ask = clusterAsker(cluster.env);
  const verdicts: Verdict[] = [];
  for (const name of readdirSync(directory).sort()) {
    if (only.length > 0 && !only.includes(name)) continue;
    const verdict = await tryChart(name, join(directory, name), cluster, ask);
    verdicts.push(verdict);
    console.log(lineOf(verdict));
    await cluster.clear(`chart-${name}`.slice(0, 50));
  }
  const good = verdicts.filter(({ equal, again }) => equal === 'yes' && again === 'unchanged');
  console.log(
    `${good.length} of ${verdicts.length} charts: the objects of helm template, and unchanged the second time.`,
  );
  const table = [['chart', 'version', 'objects', 'equal', 'secrets', 'applied', 'second run'], ...verdicts.map(cells)];
  const lines = table.map((row) => `| ${row.join(' | ')} |`);
  const results = join(import.meta.dirname, '../results/charts.md');
  mkdirSync(join(results, '..'), { recursive: true });
  writeFileSync(
    results,
    `${[lines[0], '| --- | --- | --- | --- | --- | --- | --- |', ...lines.slice(1)].join('\n')}\n`,
  );
  console.log(`written: ${results}`);
}

function cells({ chart, version, objects, equal, secrets, applied, again }: Verdict): string[] {
  return [chart, version, String(objects), equal, secrets, applied, again].map((cell) => cell.replaceAll('|', '/'));
}

function lineOf(verdict: Verdict): string {
  return cells(verdict).join('  ');
}
