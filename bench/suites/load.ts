import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { median, type Row, type Suite } from '../harness.ts';

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? '5');
const SECONDS = process.env['BENCH_SECONDS'] ?? '5';
const PERCENTILES = ['p50', 'p75', 'p90', 'p99'] as const;
const CONTESTANTS = ['ours', 'autocannon'] as const;
const file = (name: string) => fileURLToPath(new URL(`../load/${name}.ts`, import.meta.url));

interface Seen {
  readonly answered: number;
  readonly seconds: number;
  /** Seconds of processor time of whoever asks. */
  readonly cpu: number;
  readonly percentiles: Readonly<Record<string, number>>;
}
type Rounds = Record<(typeof CONTESTANTS)[number], Seen[]>;

/**
 * `load` beside autocannon against the same server, each in a process of its own, in turn: percentiles at a rate that both keep,
 * and how many requests each gets out of a second of processor time when it sends as fast as it can.
 */
export const load: Suite = {
  name: 'load',
  async run(say): Promise<readonly Row[]> {
    const server = spawn(process.execPath, [file('server')], { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      const [port] = (await once(server.stdout, 'data')) as [Buffer];
      const runs = {
        most: await rounds(port.toString().trim(), 'most'),
        rate: await rounds(port.toString().trim(), 'rate'),
      };
      const perCore = (who: (typeof CONTESTANTS)[number]) =>
        Math.round(median(runs.most[who].map(({ answered, cpu }) => answered / cpu)));
      const [ours, theirs] = CONTESTANTS.map(perCore) as [number, number];
      say(
        `${String(ours)} requests a second of processor time, autocannon ${String(theirs)}: ${(ours / theirs).toFixed(2)} of it`,
      );
      const at = (who: (typeof CONTESTANTS)[number], percentile: string) =>
        Number(median(runs.rate[who].map(({ percentiles }) => percentiles[percentile] ?? NaN)).toFixed(2));
      return [
        {
          name: 'requests per second of processor time',
          unit: '1/s',
          ours,
          rivals: { autocannon: theirs },
          limit: null,
        },
        ...PERCENTILES.map((one): Row => ({
          name: `${one} at 200/s`,
          unit: 'ms',
          ours: at('ours', one),
          rivals: { autocannon: at('autocannon', one) },
          limit: null,
        })),
      ];
    } finally {
      server.kill();
    }
  },
};

async function rounds(port: string, mode: 'most' | 'rate'): Promise<Rounds> {
  const seen: Rounds = { ours: [], autocannon: [] };
  for (let round = 0; round < ROUNDS; round += 1)
    for (const who of CONTESTANTS) {
      const { stdout } = await promisify(execFile)(process.execPath, [file('child'), who, port, mode, SECONDS]);
      seen[who].push(JSON.parse(stdout) as Seen);
    }
  return seen;
}
