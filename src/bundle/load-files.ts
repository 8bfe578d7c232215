import { posix } from 'node:path';
import { nameMigrations } from '../domain/migration-naming.ts';
import { settingsFileOf } from '../domain/migration-settings.ts';
import { OverLimit } from '../domain/limit.ts';
import { LIMITS } from '../domain/limits.ts';
import { stepPath } from '../domain/names.ts';
import { manifestFiles } from '../manifests/objects.ts';
import { RENDERED, type ToldOfCluster } from '../domain/rendering.ts';
import { notText, type NotText } from '../domain/text-check.ts';
import { hostProblems } from './checks/hosts.ts';
import { identityProblems, type AppliedObject } from './checks/identities.ts';
import { readManifests, type ManifestFile, type ManifestObject } from './checks/manifests.ts';
import { takeProblems } from './checks/takes.ts';
import { heldIn, holdsManifests, readWatching, watchingProblems, type Watching } from './checks/watching.ts';
import { readWorkflowFile, workflowProblems, type WorkflowsOfFile } from './checks/workflows.ts';
import { migrationNameProblems, namingNote, writtenPasswords } from './checks/migrations.ts';
import type { FileReference, PhaseDraft, RolloutDraft, StepDraft } from './draft.ts';
import { readLarge, type LargeFile } from './large-file.ts';
import type { Problem } from './problem.ts';
import type { Pieces } from './rendered/expand.ts';
import { servedBy, stepsBefore, type Placed } from './rendered/defined.ts';
import { layOut } from './rendered/lay-out.ts';
import { renderStep } from './rendered/render-step.ts';
import type { RenderContext } from './rendered/context.ts';
import { secretsFilled, unusedMappings } from './rendered/secrets.ts';
import type { Position } from '../manifests/yaml.ts';
import type { Content } from './source/content.ts';
import { NO_FILE, type RolloutDirectory } from './source/directory.ts';
import { hasPlaceholder } from './source/placeholder.ts';
import { substitute, type Parameters } from './source/substitute.ts';
import { YamlSource } from './source/yaml-source.ts';

/** Of a link to a directory around it. */
const TURNS = 'leads back to a directory around it, and is not followed again';

const SQL = /\.sql$/i;

/** What the steps of a rollout refer to. */
export interface LoadedFiles {
  /** Texts after substitution by path, and what was rendered. */
  readonly files: ReadonlyMap<string, string>;
  /** By `phase/step`, what was rendered for the steps that name a chart or a kustomization. */
  readonly rendered: ReadonlyMap<string, Pieces>;
  /** By `phase/step`, what their charts were told of the cluster. */
  readonly told: ReadonlyMap<string, ToldOfCluster>;
  /** Files that are too large for a text, by path. */
  readonly large: ReadonlyMap<string, LargeFile>;
  readonly problems: readonly Problem[];
  readonly notes: readonly Problem[];
}

/**
 * Reads and checks every file that a step refers to.
 *
 * @throws WindlassFailure of the renderer; Error of `node:fs` when a file cannot be read, such as `EACCES`.
 */
export async function loadFiles(
  directory: RolloutDirectory,
  rollout: Content,
  draft: RolloutDraft,
  parameters: Parameters,
  { renderer, clusters }: Pick<RenderContext, 'renderer' | 'clusters'>,
): Promise<LoadedFiles> {
  const loader = new FileLoader({ directory, rollout, parameters, renderer, clusters });
  const steps = draft.phases.flatMap((phase) => phase.steps.map((step) => ({ phase, step })));
  for (const placed of steps) await loader.load(placed, draft);
  const { files, large, rendered, told } = loader;
  const turns = directory.turns().map((file) => ({ file, line: 1, column: 1, message: TURNS }));
  const notes = [...loader.notes, ...turns];
  const applied = steps.flatMap(({ step }) => loader.applied.get(step) ?? []);
  const hosts = hostProblems(applied);
  return {
    ...{ files, large, rendered, told },
    notes: [...notes, ...hosts.notes],
    problems: [...loader.problems, ...identityProblems(applied), ...hosts.problems],
  };
}

class FileLoader {
  readonly files = new Map<string, string>();
  readonly large = new Map<string, LargeFile>();
  readonly problems: Problem[] = [];
  /** By step, what it applies. */
  readonly applied = new Map<StepDraft, AppliedObject[]>();
  readonly rendered = new Map<string, Pieces>();
  readonly told = new Map<string, ToldOfCluster>();
  readonly notes: Problem[] = [];
  readonly #begun = new Set<StepDraft>();
  readonly #manifests = new Map<string, ManifestFile>();
  readonly #context: RenderContext;
  readonly #directory: RolloutDirectory;
  readonly #rollout: Content;
  readonly #parameters: Parameters;

  constructor(context: RenderContext) {
    this.#context = context;
    this.#directory = context.directory;
    this.#rollout = context.rollout;
    this.#parameters = context.parameters;
  }

  /** Once. A step with a chart comes after those that are done before it: the chart is told which kinds they define. */
  async load(placed: Placed, draft: RolloutDraft): Promise<void> {
    const { phase, step } = placed;
    if (this.#begun.has(step)) return;
    this.#begun.add(step);
    const before = isRendering(step) ? stepsBefore(draft, placed) : [];
    for (const earlier of before) await this.load(earlier, draft);
    await this.#step(
      phase,
      step,
      before.map(({ step: one }) => one),
    );
  }

  async #step(phase: PhaseDraft, step: StepDraft, before: readonly StepDraft[]): Promise<void> {
    const seen = new Set<string>();
    const own: ManifestObject[] = [];
    const workflows: WorkflowsOfFile[] = [];
    const watching: Watching[] = [];
    let broken = false;
    for (const reference of step.files) {
      for (const path of await this.#paths(reference)) {
        if (seen.has(path)) continue;
        seen.add(path);
        if (reference.role === 'workflows') workflows.push(await this.#workflows(path));
        else if (reference.role === 'monitoring') watching.push(await this.#watching(path));
        else if (reference.role !== 'manifests') await this.#migration(path);
        else {
          const { objects, problems } = await this.#manifest(path);
          broken ||= problems.length > 0 || !this.files.has(path);
          this.#apply(objects, phase, step, this.#rollout.at(reference.path, ''), false);
          own.push(...objects);
        }
      }
    }
    this.problems.push(...workflowProblems(this.#rollout, step, workflows));
    this.problems.push(...watchingProblems(this.#rollout, step, watching));
    const manifests = step.files.find(({ role }) => role === 'manifests');
    // What a step renders is looked at there.
    if (manifests !== undefined && own.length === 0 && !broken && seen.size > 0 && !isRendering(step))
      this.problems.push(this.#rollout.at(manifests.path, 'there is no Kubernetes object in it'));
    if (!broken) this.problems.push(...takeProblems(this.#rollout, step, own));
    await this.#render(phase, step, own, this.#definedBy([...before, step]));
  }

  /** What steps make a cluster serve, as far as they were looked at. */
  #definedBy(steps: readonly StepDraft[]): readonly string[] {
    return steps.flatMap((step) => (this.applied.get(step) ?? []).flatMap(({ object }) => servedBy(object.object)));
  }

  /** Renders what the step names, and takes it into the bundle like any other file. */
  async #render(
    phase: PhaseDraft,
    step: StepDraft,
    own: readonly ManifestObject[],
    defined: readonly string[],
  ): Promise<void> {
    const rendered = await renderStep(this.#context, step, defined);
    this.problems.push(...rendered.problems);
    this.notes.push(...rendered.notes);
    if (rendered.reference !== null && rendered.problems.length === 0) {
      const reference = this.#rollout.at(rendered.reference, '');
      const laid = layOut(phase, step, rendered, own.length > 0, reference);
      this.problems.push(...laid.problems);
      for (const [path, text] of laid.files) {
        const { objects, problems, notes } = readManifests(text, at(path));
        const ofStep = ({ file, line, message }: Problem): Problem => ({
          ...reference,
          message: `${file}:${line}: ${message}`,
        });
        if (Buffer.byteLength(text) > LIMITS.text.most) throw new OverLimit(LIMITS.text, 'What is rendered', path);
        this.files.set(path, text);
        this.#apply(objects, phase, step, reference, true);
        this.problems.push(...problems.map(ofStep));
        this.notes.push(...notes.map(ofStep));
      }
      this.rendered.set(stepPath(phase.name, step.name), laid.pieces);
      if (rendered.told !== null) this.told.set(stepPath(phase.name, step.name), rendered.told);
    }
    if (step.step?.kind === 'kubernetes.apply' && rendered.usedSecrets !== null) {
      const { secrets, namespace } = step.step.with;
      const used = rendered.usedSecrets.union(secretsFilled(own, secrets, namespace));
      for (const { secret, message } of unusedMappings(secrets, used))
        this.problems.push(this.#rollout.atKey([...step.path, 'with', 'secrets', secret], message));
    }
  }

  /** The files that a reference stands for; its own problems are noted. */
  async #paths(reference: FileReference): Promise<readonly string[]> {
    const path = posix.join(reference.target, '.');
    const refuse = (message: string): readonly string[] => {
      this.problems.push(this.#rollout.at(reference.path, message));
      return [];
    };
    const kind = await this.#directory.kindOf(path);
    if (path === '.') return refuse('cannot be the rollout directory itself');
    if (path === RENDERED || path.startsWith(`${RENDERED}/`))
      return refuse(`the name "${RENDERED}" is kept for what is rendered: give the directory another one`);
    if (kind === 'missing')
      return refuse(`there is no file or directory "${reference.target}" in the rollout directory`);
    if (kind === 'outside') return refuse(`"${reference.target}" leads out of the rollout directory`);
    if (kind === 'special') return refuse(`"${reference.target}" is a pipe, a socket or a device`);
    if (reference.role === 'manifests' || reference.role === 'workflows' || reference.role === 'monitoring') {
      if (kind === 'file') return [path];
      const found = manifestFiles(path, await this.#filesBelow(path));
      return found.length > 0 ? found : refuse(`"${reference.target}" holds no .yaml, .yml or .json file`);
    }
    if (reference.role === 'stand-in')
      return kind === 'file' ? [path] : refuse(`"${reference.target}" must be a file, not a directory`);
    if (kind === 'file') return refuse(`"${reference.target}" must be a directory of migrations, not a file`);
    const all = await this.#filesBelow(path);
    return all.some((file) => SQL.test(file))
      ? this.#named(path, all, reference)
      : refuse(`"${reference.target}" holds no .sql file`);
  }

  /** The files below a directory. What is there and no file is a problem, whatever its name: it may be a directory's link. */
  async #filesBelow(path: string): Promise<readonly string[]> {
    const below = await this.#directory.filesBelow(path);
    const kinds = await Promise.all(below.map((one) => this.#directory.kindOf(one)));
    for (const [index, file] of below.entries())
      if (kinds[index] !== 'file') this.problems.push({ file, line: 1, column: 1, message: NO_FILE });
    return below.filter((_file, index) => kinds[index] === 'file');
  }

  /** Those of a directory's files that are migrations, by their names, and what their tool is told of them. */
  #named(path: string, all: readonly string[], reference: FileReference): readonly string[] {
    const found = all.filter((file) => SQL.test(file));
    const named = nameMigrations(path, found, reference.naming);
    this.problems.push(...migrationNameProblems(named));
    const note = namingNote(named);
    if (note !== null) this.notes.push(this.#rollout.at(reference.path, note));
    const settings = new Set(named.files.map((file) => settingsFileOf(named.naming, file.path)));
    return [
      ...found.filter((file) => !named.passedOver.includes(file)),
      ...all.filter((file) => settings.has(file) && !SQL.test(file)),
    ];
  }

  async #manifest(path: string): Promise<ManifestFile> {
    const known = this.#manifests.get(path);
    if (known) return known;
    const manifests = await this.#readManifest(path);
    this.#manifests.set(path, manifests);
    this.problems.push(...manifests.problems);
    this.notes.push(...manifests.notes);
    return manifests;
  }

  async #readManifest(path: string): Promise<ManifestFile> {
    const text = await this.#text(path);
    if (text === null) return { objects: [], problems: [], notes: [] };
    if (!hasPlaceholder(text)) {
      this.files.set(path, text);
      return readManifests(text, at(path));
    }
    const source = new YamlSource(path, text, 'kubectl');
    const syntax = source.problems();
    if (syntax.length > 0) return { objects: [], problems: syntax, notes: [] };
    const substituted = substitute(source, this.#parameters);
    this.files.set(path, substituted.text);
    const read = readManifests(substituted.text, ({ offset }, message) =>
      source.problem(substituted.sourceOffset(offset), message),
    );
    return { ...read, problems: [...substituted.problems, ...read.problems] };
  }

  async #workflows(path: string): Promise<WorkflowsOfFile> {
    const text = await this.#text(path);
    if (text === null) return { path, workflows: [] };
    const { text: filled, workflows, problems, notes } = readWorkflowFile(path, text, this.#parameters);
    this.files.set(path, filled);
    this.problems.push(...problems);
    this.notes.push(...notes);
    return { path, workflows };
  }

  /** Objects of Kubernetes have checks of their own, wherever they are read. */
  async #watching(path: string): Promise<Watching> {
    const text = await this.#text(path);
    if (text === null) return { path, holds: 'nothing readable' };
    if (holdsManifests(text)) {
      const { problems } = await this.#manifest(path);
      const filled = this.files.get(path);
      return { path, holds: problems.length > 0 || filled === undefined ? 'nothing readable' : heldIn(path, filled) };
    }
    const { text: filled, problems } = readWatching(path, text, this.#parameters);
    this.files.set(path, filled);
    this.problems.push(...problems);
    return { path, holds: problems.length > 0 ? 'nothing readable' : heldIn(path, filled) };
  }

  async #migration(path: string): Promise<void> {
    const size = (await this.#directory.kindOf(path)) === 'file' ? await this.#directory.size(path) : 0;
    if (size > LIMITS.largeFile.most) throw new OverLimit(LIMITS.largeFile, 'The migration', path);
    if (size > LIMITS.text.most) {
      const { file, problems } = await readLarge(path, this.#directory.place(path), this.#directory.stream(path));
      this.large.set(path, file);
      this.problems.push(...problems);
      return;
    }
    const sql = await this.#text(path, (bytes) => notText(bytes));
    if (sql === null) return;
    this.files.set(path, sql);
    this.problems.push(...writtenPasswords(path, sql));
  }

  /** @param judge says more closely what is wrong with bytes that are no text. */
  async #text(path: string, judge?: (bytes: Buffer) => NotText | null): Promise<string | null> {
    const refuse = (message: string, at = { line: 1, column: 1 }): null => {
      this.problems.push({ file: path, ...at, message });
      return null;
    };
    if ((await this.#directory.kindOf(path)) !== 'file') return refuse(NO_FILE);
    const wrong = judge?.(await this.#directory.bytes(path)) ?? null;
    if (wrong !== null) return refuse(wrong.why, wrong.at);
    return (await this.#directory.text(path)) ?? refuse('is not UTF-8 text');
  }

  #apply(
    objects: readonly ManifestObject[],
    phase: PhaseDraft,
    step: StepDraft,
    reference: Problem,
    rendered: boolean,
  ): void {
    const namespace = typeof step.with['namespace'] === 'string' ? step.with['namespace'] : undefined;
    // A step of a misspelt kind is taken for one that applies its manifests.
    if ((step.descriptor !== null && step.descriptor.declares?.as !== 'owner') || !this.#included(step)) return;
    const at = { namespace, target: step.target ?? '', step: stepPath(phase.name, step.name), reference, rendered };
    this.applied.set(step, [...(this.applied.get(step) ?? []), ...objects.map((object) => ({ object, ...at }))]);
  }

  /** Steps that `when` leaves out may declare what another step declares: that is what `when` is for. */
  #included(step: StepDraft): boolean {
    return step.conditions.every(({ fields: { parameter, equals } }) => {
      return typeof parameter !== 'string' || this.#parameters.values[parameter] === equals;
    });
  }
}

function isRendering({ with: settings }: StepDraft): boolean {
  return settings['helm'] !== undefined || settings['kustomize'] !== undefined;
}

/** A problem at a place of a file as it is. */
function at(file: string): (position: Position, message: string) => Problem {
  return ({ line, column }, message) => ({ file, line, column, message });
}
