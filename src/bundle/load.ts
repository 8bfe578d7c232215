import { posix } from 'node:path';
import type { z } from 'zod';
import type { Bundle } from '../domain/bundle.ts';
import { environmentFile, type EnvironmentFile } from '../domain/environment.ts';
import type { AskCluster, Renderer } from '../domain/rendering.ts';
import type { StepKindTable } from '../domain/kinds/descriptor.ts';
import { STEP_KINDS } from '../domain/kinds/table.ts';
import { API_VERSION, rolloutSchema, type ParameterValue, type RolloutFile } from '../domain/rollout.ts';
import { stepSchema, type StepFile } from '../domain/step.ts';
import { beyond, OverLimit } from '../domain/limit.ts';
import { LIMITS } from '../domain/limits.ts';
import { NAME_PATTERN } from '../domain/names.ts';
import { publicKeyOf } from '../domain/public-key.ts';
import { secretProblems, whenProblems } from './checks/references.ts';
import { graphProblems } from './checks/graph.ts';
import { interlockProblems } from './checks/interlock.ts';
import { quorumProblems } from './checks/quorum.ts';
import { readinessProblems } from './checks/readiness.ts';
import { targetProblems } from './checks/targets.ts';
import { bundleDocument, sha256 } from './digest.ts';
import { draftOf } from './draft.ts';
import type { LargeFile } from './large-file.ts';
import { loadFiles, type LoadedFiles } from './load-files.ts';
import { resolveParameters } from './parameters.ts';
import type { RenderContext } from './rendered/context.ts';
import { expandPhases } from './rendered/expand.ts';
import { sortProblems, type Problem } from './problem.ts';
import { resolveSecrets } from './secrets.ts';
import { Content } from './source/content.ts';
import { openDirectory, type RolloutDirectory } from './source/directory.ts';
import { schemaProblems } from './source/schema-problems.ts';
import { substitute } from './source/substitute.ts';
import { YamlSource } from './source/yaml-source.ts';
import { didYouMean, listed } from '../domain/suggest.ts';

const ROLLOUT = 'rollout.yaml';
const ENVIRONMENTS = 'environments';

/** A rollout resolved for one environment. */
export interface LoadedRollout {
  readonly ok: true;
  readonly bundle: Bundle;
  /** SHA-256 (hex) of the bundle's canonical JSON. */
  readonly digest: string;
  /** Texts of the bundle's files by path. */
  readonly files: ReadonlyMap<string, string>;
  /** What whoever loads it should know, though nothing is wrong with it. */
  readonly notes: readonly Problem[];
  /** Those that are too large for a text, by path. */
  readonly large: ReadonlyMap<string, LargeFile>;
}

export interface RefusedRollout {
  readonly ok: false;
  /** Everything that is wrong, in all files, sorted by place. */
  readonly problems: readonly Problem[];
}

export interface LoadOptions {
  /** Values for this run, over those of the environment. Texts are read as the type of the parameter. */
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  /** Renders charts and kustomizations; without it a rollout that has any is refused. */
  readonly renderer?: Renderer;
  /** Asks targets what they serve, for charts that ask; without it none is asked. */
  readonly clusters?: AskCluster;
  /** The step kinds that a rollout may use; all of Windlass when absent. */
  readonly kinds?: StepKindTable;
}

/**
 * Reads a rollout directory, checks all of it, and resolves it for one environment. Touches nothing but files.
 * The same content gives the same digest on every machine.
 *
 * @throws WindlassFailure of the renderer, when the tool that it needs is missing
 */
export async function loadRollout(
  directory: string,
  environmentName: string,
  options: LoadOptions = { parameters: {} },
): Promise<LoadedRollout | RefusedRollout> {
  const opened = await openDirectory(directory);
  if (!opened) return refused([problemOf(ROLLOUT, `there is no directory "${directory}"`)]);
  try {
    return await load(opened, environmentName, options);
  } catch (error) {
    // Nothing else is told then: what goes beyond a limit is not looked at.
    if (error instanceof OverLimit) return refused([problemOf(error.options.object ?? ROLLOUT, beyond(error.limit))]);
    throw error;
  }
}

async function load(
  opened: RolloutDirectory,
  environmentName: string,
  options: LoadOptions,
): Promise<LoadedRollout | RefusedRollout> {
  const [rolloutRead, environmentRead] = await Promise.all([
    readContent(opened, ROLLOUT),
    readEnvironment(opened, environmentName),
  ]);
  const environment = environmentRead.content;
  const problems: Problem[] = [...rolloutRead.problems, ...environmentRead.problems];
  if (environment) problems.push(...environmentProblems(environment, environmentName));
  if (!rolloutRead.content) return refused(problems);

  const kinds = options.kinds ?? STEP_KINDS;
  const steps = stepSchema(kinds) as z.ZodType<StepFile>;
  const rolloutFile = rolloutSchema(steps);
  const resolved = resolveParameters(rolloutRead.content, environment, options.parameters);
  const { source, document } = rolloutRead.content;
  const substituted = substitute(source, resolved.parameters);
  const rollout = new Content(source, document);
  const draft = draftOf(rollout.data, { kinds, steps });
  const bindings = targetsOf(environment);
  const loaded = await loadFiles(opened, rollout, draft, resolved.parameters, {
    renderer: options.renderer,
    clusters: asking(options.clusters, bindings),
  });
  problems.push(
    ...resolved.problems,
    ...substituted.problems,
    ...schemaProblems(rollout, rolloutFile, substituted.failed),
    ...graphProblems(rollout, draft),
    ...targetProblems(rollout, environment, draft),
    ...interlockProblems(rollout, draft, kinds),
    ...readinessProblems(rollout, environment, draft),
    ...(environment ? quorumProblems(rollout, environment, draft) : []),
    ...whenProblems(rollout, draft, resolved.parameters.values),
    ...(environment ? secretProblems(rollout, environment, draft) : []),
    ...loaded.problems,
  );
  if (problems.length > 0 || !environment) return refused(problems);
  const bundle = bundleOf(
    parsed(rolloutFile, rollout),
    parsed(environmentFile, environment),
    resolved.parameters.values,
    loaded,
  );
  const { files, large, notes } = loaded;
  return { ok: true, bundle, digest: sha256(bundleDocument(bundle)), files, large, notes };
}

function bundleOf(
  rollout: RolloutFile,
  environment: EnvironmentFile,
  parameters: Readonly<Record<string, ParameterValue>>,
  { files, large, rendered, told }: LoadedFiles,
): Bundle {
  const { targets, decisions, secrets, notifications, exemptions } = environment.spec;
  const { interlock, drift, measures, readiness } = rollout.spec;
  return {
    apiVersion: API_VERSION,
    rollout: rollout.metadata.name,
    environment: environment.metadata.name,
    parameters,
    targets,
    decisions,
    // Left out where there are none, so that the digests of rollouts without them stay what they were.
    ...(interlock === undefined ? {} : { interlock }),
    ...(drift === 'refuse' ? { drift } : {}),
    ...(measures === undefined ? {} : { measures: resolveSecrets(measures, secrets) }),
    ...(readiness === undefined
      ? {}
      : { readiness: { ...resolveSecrets(readiness, secrets), ...(exemptions.length === 0 ? {} : { exemptions }) } }),
    ...(notifications.length === 0 ? {} : { notifications }),
    ...(told.size === 0 ? {} : { told: Object.fromEntries(told) }),
    phases: resolveSecrets(expandPhases(rollout.spec.phases, rendered), secrets),
    files: Object.fromEntries([
      ...[...files].map(([path, text]) => [path, sha256(text)] as const),
      ...[...large].map(([path, file]) => [path, file.sha256] as const),
    ]),
  };
}

/** The targets of an environment; none when it cannot be read. */
function targetsOf(environment: Content | null): Bundle['targets'] {
  const read = environmentFile.safeParse(environment?.data);
  return read.success ? read.data.spec.targets : {};
}

/** Asks each target at most once. */
function asking(ask: AskCluster | undefined, targets: Bundle['targets']): RenderContext['clusters'] {
  if (ask === undefined) return undefined;
  const asked = new Map<string, ReturnType<AskCluster>>();
  return (target) => {
    const binding = targets[target];
    const answer =
      asked.get(target) ?? (binding && ask(target, binding)) ?? Promise.resolve({ silent: 'it is unknown' });
    asked.set(target, answer);
    return answer;
  };
}

/** What a schema makes of data that it accepted before. */
function parsed<S extends z.ZodType>(schema: S, content: Content): z.output<S> {
  return schema.parse(content.data);
}

function environmentProblems(environment: Content, name: string): readonly Problem[] {
  const filled = substitute(environment.source, {
    values: {},
    refuse: () => 'cannot stand in an environment, which is where values come from',
  });
  const written = (environment.data as { metadata?: { name?: unknown } } | null)?.metadata?.name;
  const other = typeof written === 'string' && written !== name;
  return [
    ...filled.problems,
    ...schemaProblems(environment, environmentFile, filled.failed),
    ...keyProblems(environment),
    ...(other ? [environment.at(['metadata', 'name'], `must be "${name}", as the file is called`)] : []),
  ];
}

/** A key that is none would refuse every signature of its owner, once somebody signs. */
function keyProblems(environment: Content): readonly Problem[] {
  const read = environmentFile.safeParse(environment.data);
  if (!read.success) return [];
  return Object.entries(read.data.spec.decisions.keys)
    .filter(([, key]) => publicKeyOf(key) === null)
    .map(([by]) =>
      environment.at(
        ['spec', 'decisions', 'keys', by],
        `the key of "${by}" is no Ed25519 public key (ssh-ed25519 AAAA... or base64 SPKI)`,
      ),
    );
}

interface Read {
  readonly content: Content | null;
  readonly problems: readonly Problem[];
}

async function readEnvironment(directory: RolloutDirectory, name: string): Promise<Read> {
  const file = posix.join(ENVIRONMENTS, `${name}.yaml`);
  if (NAME_PATTERN.test(name) && (await directory.kindOf(file)) === 'file') return readContent(directory, file);
  const there = (await directory.kindOf(ENVIRONMENTS)) === 'directory' ? await directory.names(ENVIRONMENTS) : [];
  const names = there.filter((entry) => entry.endsWith('.yaml')).map((entry) => entry.slice(0, -'.yaml'.length));
  const hint = didYouMean(name, names) || `; there are ${listed(names)}`;
  return {
    content: null,
    problems: [problemOf(NAME_PATTERN.test(name) ? file : ENVIRONMENTS, `unknown environment "${name}"${hint}`)],
  };
}

async function readContent(directory: RolloutDirectory, file: string): Promise<Read> {
  const refuse = (message: string): Read => ({ content: null, problems: [problemOf(file, message)] });
  if ((await directory.kindOf(file)) !== 'file') return refuse('there is no such file in the rollout directory');
  const text = await directory.text(file, LIMITS.rolloutFile);
  if (text === null) return refuse('is not UTF-8 text');
  const source = new YamlSource(file, text);
  const problems = source.problems();
  if (problems.length > 0) return { content: null, problems };
  const [document, second] = source.documents;
  if (!document) return refuse('is empty');
  if (second) return { content: null, problems: [source.problem(second.range[0], 'must hold one document only')] };
  return { content: new Content(source, document), problems: [] };
}

function problemOf(file: string, message: string): Problem {
  return { file, line: 1, column: 1, message };
}

function refused(problems: readonly Problem[]): RefusedRollout {
  return { ok: false, problems: sortProblems(problems) };
}
