import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { installed } from '../../installation.ts';
import { errorCode } from '../files.ts';
import { LabFailure } from '../failure.ts';
import { cacheDirectory, digestOf, fillOnce, platform } from './cache.ts';
import { settingOf, TOOLS } from './catalogue.ts';
import type { GoModule, Tool, ToolName } from './catalogue.ts';
import type { OnToolProgress } from './progress.ts';
import { run } from './run.ts';
import type { RunResult } from './run.ts';

const TICK_MS = 1_000;

/**
 * The tools that one `go build` of the module yields, with the names of its files.
 *
 * @internal exported for its tests
 */
export function toolsOf(module: GoModule): { name: ToolName; output: string }[] {
  return (Object.entries(TOOLS) as [ToolName, Tool][]).flatMap(([name, { origin }]) =>
    origin.kind === 'go' && origin.module === module ? [{ name, output: origin.output }] : [],
  );
}

/**
 * The cache's directory for this module as it stands now: another go.mod, go.sum or source of ours is another directory. What
 * only makes compiling faster is no part of its name: the programs do the same.
 */
export function builtDirectory(module: GoModule): string {
  const source = moduleDirectory(module);
  const ours = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.go$|\/go\.mod$/.test(name),
  );
  const files = ['go.mod', 'go.sum', ...ours.toSorted()].map((name) => join(source, name));
  const key = digestOf(files, [linkerFlags(module)]);
  return join(cacheDirectory(), module, `${key}-${platform()}`);
}

/**
 * Builds all programs of the module with one `go build`, so that each library is compiled once. What was compiled before
 * an interruption is in Go's own cache and is not compiled again.
 *
 * @throws LabFailure without a Go compiler, or with the last lines of a build that failed.
 */
export async function buildModule(module: GoModule, onProgress: OnToolProgress): Promise<void> {
  const tools = toolsOf(module);
  const began = performance.now();
  await fillOnce(builtDirectory(module), async (draft) => {
    let detail: string | undefined;
    let packages = 0;
    const tell = () => {
      const done = readdirSync(draft).length;
      const elapsedMs = performance.now() - began;
      onProgress({
        ...{ what: module, doing: 'building', done, of: tools.length, elapsedMs },
        ...(detail === undefined ? {} : { detail }),
      });
    };
    tell();
    const ticking = setInterval(tell, TICK_MS);
    try {
      const result = await goBuild(module, draft, (line) => {
        const words = line.trim().split(/\s+/);
        if (words.length === 1) packages += 1;
        detail = words.length === 1 ? `${packages} packages compiled, now ${line}` : line;
      });
      check(module, result, draft);
      await writeDefinitions(module, draft);
    } finally {
      clearInterval(ticking);
    }
    tell();
  });
}

async function goBuild(module: GoModule, draft: string, onLine: (line: string) => void): Promise<RunResult> {
  const args = ['build', '-v', '-trimpath', ...compiling(), '-ldflags', linkerFlags(module), '-o', `${draft}/`, 'tool'];
  const env = { ...process.env, ...COMPILERS, CGO_ENABLED: '0', GOWORK: 'off' };
  try {
    return await run('go', args, { cwd: moduleDirectory(module), env }, onLine);
  } catch (error) {
    const why = errorCode(error) === 'ENOENT' ? 'no Go compiler was found on PATH' : 'the Go compiler could not be run';
    throw new LabFailure(
      `${toolList(module)} must be built, but ${why}.`,
      module,
      `Install Go ${goVersion(module)} or newer, or name programs that you have, as in ${exampleSetting(module)}=/path.`,
      error,
    );
  }
}

/**
 * How the compilers are to work, by what was measured (docs/decisions/0033-a-cold-build.md): one thread each, as many of them as there are
 * cores, and no collection of garbage, since nearly all are gone before it would begin. The few that are large collect at the limit.
 */
const COMPILERS = { GOMAXPROCS: '1', GOGC: 'off', GOMEMLIMIT: '1500MiB' };

/** Without what only debuggers read, which the linker would throw away. */
function compiling(): string[] {
  return ['-p', `${availableParallelism()}`, '-gcflags=all=-dwarf=false'];
}

function check(module: GoModule, result: RunResult, draft: string): void {
  const missing = toolsOf(module).filter(({ output }) => !existsSync(join(draft, output)));
  if (result.code === 0 && missing.length === 0) return;
  const names = missing.length === 0 ? toolList(module) : missing.map(({ name }) => name).join(', ');
  throw new LabFailure(
    `${names} could not be built: \`go build\` ended with ${result.code ?? 'a signal'}. Its last lines:\n${result.tail}`,
    module,
    `Mend what the lines name (downloads go through GOPROXY; Go ${goVersion(module)} or newer is needed), then run the ` +
      `same command again: what was compiled is kept. Or set ${exampleSetting(module)} to a program that you have.`,
  );
}

/**
 * Where a Go module that we build from has the definitions of the kinds that its programs serve. Other than Velero's these
 * cannot be printed by the program.
 */
const DEFINITIONS: Readonly<Partial<Record<GoModule, { readonly of: string; readonly directory: string }>>> = {
  certificates: { of: 'github.com/cert-manager/cert-manager', directory: 'deploy/crds' },
  policies: { of: 'github.com/kyverno/kyverno', directory: 'config/crds' },
};

/** Beside programs whose kinds must be defined in the cluster: all definitions, as a JSON array. */
export const DEFINITIONS_FILE = 'definitions.json';

async function writeDefinitions(module: GoModule, draft: string): Promise<void> {
  const definitions = DEFINITIONS[module];
  if (definitions === undefined) return;
  const { code, stdout, tail } = await run('go', ['list', '-m', '-f', '{{.Dir}}', definitions.of], {
    cwd: moduleDirectory(module),
    env: { ...process.env, GOWORK: 'off' },
  });
  if (code !== 0)
    throw new LabFailure(
      `The directory of ${definitions.of} could not be found. \`go list\` said:\n${tail}`,
      module,
      'Run the same command again: what was compiled is kept.',
    );
  const directory = join(stdout.trim(), definitions.directory);
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.yaml'));
  const objects = files.toSorted().map((name) => parse(readFileSync(join(directory, name), 'utf8')) as unknown);
  writeFileSync(join(draft, DEFINITIONS_FILE), JSON.stringify(objects));
}

function toolList(module: GoModule): string {
  return toolsOf(module)
    .map(({ name }) => name)
    .join(', ');
}

function exampleSetting(module: GoModule): string {
  return settingOf(toolsOf(module)[0]?.name ?? 'etcd');
}

/** `tools/MODULE` of the repository, both from the sources and from `dist`. */
function moduleDirectory(module: GoModule): string {
  return installed(`tools/${module}`);
}

function goVersion(module: GoModule): string {
  return /^go (\S+)$/m.exec(goMod(module))?.[1] ?? '1.26';
}

function goMod(module: GoModule): string {
  return readFileSync(join(moduleDirectory(module), 'go.mod'), 'utf8');
}

/** Programs are told their versions by the linker: without, clients cannot make sense of the API server's, nor charts of Helm's. */
function linkerFlags(module: GoModule): string {
  const text = goMod(module);
  const flags = ['-s', '-w'];
  const kubernetes = versionOf(text, 'k8s.io/kubernetes');
  if (kubernetes !== undefined) {
    const [major = '', minor = ''] = kubernetes.slice(1).split('.');
    const facts = { gitVersion: kubernetes, gitMajor: major, gitMinor: minor, gitTreeState: 'clean' };
    for (const [name, value] of Object.entries(facts))
      flags.push('-X', `k8s.io/component-base/version.${name}=${value}`);
  }
  const velero = versionOf(text, 'github.com/vmware-tanzu/velero');
  if (velero !== undefined) {
    flags.push('-X', `github.com/vmware-tanzu/velero/pkg/buildinfo.Version=${velero}`);
    // Velero leaves its manager's metrics at the library's default, which is port 8080 on every address; "0" is none.
    flags.push('-X', 'sigs.k8s.io/controller-runtime/pkg/metrics/server.DefaultBindAddress=0');
  }
  const helm = versionOf(text, 'helm.sh/helm/v4');
  if (helm !== undefined) flags.push('-X', `helm.sh/helm/v4/internal/version.version=${helm}`);
  // What the programs of one of these call their version in their metrics.
  const watching = WATCHED[module];
  if (watching !== undefined)
    flags.push(
      '-X',
      `github.com/VictoriaMetrics/VictoriaMetrics/lib/buildinfo.Version=${versionOf(text, watching) ?? ''}`,
    );
  return flags.join(' ');
}

const WATCHED: Readonly<Partial<Record<GoModule, string>>> = {
  monitoring: 'github.com/VictoriaMetrics/VictoriaMetrics',
  logging: 'github.com/VictoriaMetrics/VictoriaLogs',
};

function versionOf(goModText: string, path: string): string | undefined {
  return new RegExp(`^(?:require )?\\s*${path.replaceAll('.', '\\.')} (v\\S+)`, 'm').exec(goModText)?.[1];
}
