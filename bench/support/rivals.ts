import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheDirectory } from '../../src/lab/tools/cache.ts';

const GOLANG_MIGRATE = fileURLToPath(new URL('../rivals/golang-migrate/', import.meta.url));
const KUBE_SCORE = fileURLToPath(new URL('../rivals/kube-score/', import.meta.url));
const NODE_PG_MIGRATE = '9.0.0';

/** The program of golang-migrate, built once with nothing but the drivers that are used here. */
export function golangMigrate(): string {
  const program = join(cacheDirectory(), 'bench', 'golang-migrate-v4.19.1');
  if (!existsSync(program)) {
    const args = ['build', '-trimpath', '-tags', 'postgres', '-o', program];
    run('go', [...args, 'github.com/golang-migrate/migrate/v4/cmd/migrate'], { cwd: GOLANG_MIGRATE });
  }
  return program;
}

/** The program of kube-score, built once. */
export function kubeScore(): string {
  const program = join(cacheDirectory(), 'bench', 'kube-score-v1.20.0');
  if (!existsSync(program)) {
    const args = [
      'build',
      '-trimpath',
      '-ldflags',
      '-s -w',
      '-o',
      program,
      'github.com/zegl/kube-score/cmd/kube-score',
    ];
    run('go', args, { cwd: KUBE_SCORE });
  }
  return program;
}

/** The program of node-pg-migrate, installed once into the cache. */
export function nodePgMigrate(): string {
  const home = join(cacheDirectory(), 'bench', `node-pg-migrate-${NODE_PG_MIGRATE}`);
  const program = join(home, 'node_modules', 'node-pg-migrate', 'bin', 'node-pg-migrate.js');
  if (!existsSync(program)) {
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, 'package.json'), '{"private":true}\n');
    const packages = [`node-pg-migrate@${NODE_PG_MIGRATE}`, 'pg@8.23.1'];
    run('npm', ['install', '--no-audit', '--no-fund', '--save-exact', ...packages], { cwd: home });
  }
  return program;
}

/** @throws Error with the last words of a program that fails. */
export function run(
  program: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv; readonly input?: string } = {},
): void {
  const { status, stderr, error } = spawnSync(program, args, {
    ...options,
    stdio: ['pipe', 'ignore', 'pipe'],
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  if (status !== 0)
    throw new Error(`${program} ended with ${String(status)}: ${error?.message ?? stderr.slice(-2_000)}`);
}
