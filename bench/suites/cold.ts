import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BEFORE, type Row, type Suite } from '../harness.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What a first `lab up` took: seconds by the clock, and of all processors. */
interface Took {
  readonly wall: number;
  readonly cpu: number;
}

/**
 * A first start on a fresh machine: empty caches of tools and of the compiler, but modules and wheels that are downloaded, so that
 * no network is measured. Once each, since each takes minutes.
 */
export const cold: Suite = {
  name: 'cold',
  run(say): Promise<readonly Row[]> {
    const builds = [['ours', ROOT] as const, ...(BEFORE === undefined ? [] : [['before', BEFORE] as const])];
    const took = builds.map(([name, root]) => {
      const figures = firstStart(root);
      say(`${name}: ${figures.wall.toFixed(0)} s, ${figures.cpu.toFixed(0)} CPU s`);
      return [name, figures] as const;
    });
    const row = (name: string, of: (figures: Took) => number): Row => {
      const [ours, ...rivals] = took.map(([build, figures]) => [build, Number(of(figures).toFixed(1))] as const);
      return { name, unit: 's', ours: ours?.[1] ?? NaN, rivals: Object.fromEntries(rivals), limit: null };
    };
    return Promise.resolve([row('lab-up-cpu', ({ cpu }) => cpu), row('lab-up', ({ wall }) => wall)]);
  },
};

function firstStart(root: string): Took {
  const home = mkdtempSync(join(tmpdir(), 'windlass-bench-cold-'));
  const env = {
    ...process.env,
    GOCACHE: join(home, 'go-build'),
    XDG_CACHE_HOME: join(home, 'cache'),
    WINDLASS_LAB_DIR: join(home, 'lab'),
  };
  const windlass = (...args: readonly string[]) => [process.execPath, join(root, 'dist/cli/main.js'), ...args];
  try {
    const began = performance.now();
    // The shell's own count is of those that it has waited for: compilers, but not the servers, which go on.
    const { status, stdout, stderr } = spawnSync('sh', ['-c', '"$@" >&2 && times', 'sh', ...windlass('lab', 'up')], {
      cwd: root,
      env,
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    });
    const wall = (performance.now() - began) / 1_000;
    if (status !== 0) throw new Error(`lab up of ${root} ended with ${String(status)}:\n${stderr.slice(-2_000)}`);
    return { wall, cpu: spent(stdout) };
  } finally {
    const [program = '', ...args] = windlass('lab', 'down');
    spawnSync(program, args, { cwd: root, env, stdio: 'ignore' });
    rmSync(home, { recursive: true, force: true });
  }
}

/** The second line of `times`: user and system time of the children, as in `12m3.450s 1m2.100s`. */
function spent(times: string): number {
  const [, children = ''] = times.trim().split('\n');
  const of = [...children.matchAll(/(\d+)m([\d.]+)s/g)];
  if (of.length !== 2) throw new Error(`\`times\` said ${JSON.stringify(times)}`);
  return of.reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds), 0);
}
