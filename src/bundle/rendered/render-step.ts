import { posix } from 'node:path';
import { compareTexts } from '../../domain/compare.ts';
import { beyond, OverLimit } from '../../domain/limit.ts';
import type { HelmRelease } from '../../domain/kinds/helm-release.ts';
import type {
  ChartFacts,
  ChartRequest,
  Invention,
  RenderedDocument,
  Renderer,
  Rendering,
  RenderProblem,
  ToldOfCluster,
} from '../../domain/rendering.ts';
import type { StepDraft } from '../draft.ts';
import type { Problem } from '../problem.ts';
import type { Content } from '../source/content.ts';
import type { Path } from '../source/yaml-source.ts';
import { chartFiles } from './chart.ts';
import { askCluster } from './cluster.ts';
import { arrangeHooks, type HookGroup } from './hooks.ts';
import { joined, keepingOf, withoutFields, type KeepingFile } from './keeping.ts';
import { kustomizationTree } from './kustomization.ts';
import { compareRenderings } from './repeatable.ts';
import { secretInventions, secretTexts } from './secret-values.ts';
import { mapSecrets, type SecretMapping } from './secrets.ts';
import { readValues } from './values-files.ts';
import type { RenderContext } from './context.ts';

/** What the charts and kustomizations of a step came to, without a value of any Secret. */
export interface RenderedStep {
  readonly before: readonly HookGroup[];
  readonly main: readonly RenderedDocument[];
  readonly after: readonly HookGroup[];
  /** Where the step names what was rendered; null when it renders nothing. */
  readonly reference: Path | null;
  /** What is filled in when the step acts; null for nothing. */
  readonly keeping: KeepingFile | null;
  /** What its chart was told of the cluster, as far as it asked; null where it asked nothing or had it from the step. */
  readonly told: ToldOfCluster | null;
  /** Entries of `secrets` that a rendered Secret was found for; null when that cannot be known. */
  readonly usedSecrets: ReadonlySet<string> | null;
  readonly problems: readonly Problem[];
  readonly notes: readonly Problem[];
}

interface Settings {
  /** What the cluster serves by then because of the rollout itself, as `ClusterFacts.apiVersions`. */
  readonly defined: readonly string[];
  readonly secrets: SecretMapping;
  readonly namespace: string;
  readonly target: string;
  /** `with` of the step. */
  readonly path: Path;
}

const NOTHING: RenderedStep = {
  ...{ before: [], main: [], after: [], reference: null, keeping: null, told: null },
  ...{ usedSecrets: new Set(), problems: [], notes: [] },
};

const FAILED: RenderedStep = { ...NOTHING, usedSecrets: null };

/**
 * Renders what a step names as `helm` and `kustomize`. A step that its schema refuses is left alone.
 *
 * @param defined what the rollout itself makes the cluster serve before the step, as `ClusterFacts.apiVersions`: charts
 *   are told of it as of the rest.
 * @throws WindlassFailure of the renderer; Error of `node:fs` when a file cannot be read, such as `EACCES`.
 */
export async function renderStep(
  context: RenderContext,
  step: StepDraft,
  defined: readonly string[],
): Promise<RenderedStep> {
  if (step.step?.kind !== 'kubernetes.apply') return NOTHING;
  const { helm, kustomize, secrets, namespace = 'default' } = step.step.with;
  const settings = { defined, secrets, namespace, target: step.step.target, path: [...step.path, 'with'] };
  const parts = [
    ...(helm === undefined ? [] : [await renderRelease(context, helm, settings)]),
    ...(kustomize === undefined ? [] : [await renderDirectory(context, kustomize, settings)]),
  ];
  return parts.reduce(
    (all, part) => ({
      before: [...all.before, ...part.before],
      main: [...all.main, ...part.main],
      after: [...all.after, ...part.after],
      reference: all.reference ?? part.reference,
      keeping: joined(all.keeping, part.keeping),
      told: all.told ?? part.told,
      usedSecrets: part.usedSecrets === null ? null : (all.usedSecrets?.union(part.usedSecrets) ?? null),
      problems: [...all.problems, ...part.problems],
      notes: [...all.notes, ...part.notes],
    }),
    NOTHING,
  );
}

async function renderRelease(context: RenderContext, helm: HelmRelease, settings: Settings): Promise<RenderedStep> {
  const { rollout } = context;
  const at = [...settings.path, 'helm'];
  const reference = [...at, 'chart'];
  const refused = (...problems: readonly Problem[]) => ({ ...FAILED, reference, problems });
  const chart = posix.normalize(helm.chart).replace(/\/$/, '');
  const loaded = await chartFiles(context.directory, chart, (message) => rollout.at(reference, message));
  const values = await readValues(context, { ...helm, chart }, loaded, at);
  const problems = [...loaded.problems, ...values.problems];
  if (problems.length > 0) return refused(...problems);
  const { release, includeCRDs, apiVersions } = helm;
  const cluster = await askCluster(context, settings.target, helm);
  const { namespace, defined } = settings;
  const whole =
    cluster.answered === null ? null : [...new Set([...cluster.answered.apiVersions, ...defined])].sort(compareTexts);
  const besides = [...(apiVersions ?? []), ...(whole === null ? defined : [])];
  const render = (renderer: Renderer, { seed, now }: Circumstances, served: ChartRequest['served']) =>
    renderer.chart({
      ...{ chart, release, includeCRDs, namespace, served, seed, now, files: loaded.files },
      ...{ kubeVersion: cluster.kubeVersion, apiVersions: besides },
      values: [...values.texts, ...secretTexts(helm.secretValues, seed)],
    });
  const byReference = (seed: string) => secretInventions(helm.secretValues, seed);
  // What is rendered again is told of what the chart names and no more: if that comes to the same, no more is recorded.
  let rendered = await renderTwice(context, settings, reference, byReference, (renderer, at, named) =>
    render(renderer, at, whole === null ? null : (named ?? whole)),
  );
  const { facts } = rendered;
  let told: ToldOfCluster | null = null;
  if (facts !== undefined && cluster.answered !== null) {
    let recorded = facts.named;
    if (!rendered.repeats) {
      recorded = whole ?? [];
      rendered = await renderTwice(context, settings, reference, byReference, (renderer, at) =>
        render(renderer, at, whole),
      );
    }
    told = {
      ...(helm.kubeVersion === undefined && facts.asksKubeVersion ? { kubeVersion: cluster.kubeVersion } : {}),
      ...(facts.asksVersions ? { apiVersions: recorded } : {}),
    };
  }
  const asks = facts !== undefined && (facts.asksVersions || (facts.asksKubeVersion && helm.kubeVersion === undefined));
  const silent = asks && cluster.silence !== null ? [rollout.at(reference, cluster.silence)] : [];
  const files = (source: string): string | null => {
    const file = posix.join(chart, source.slice(source.indexOf('/') + 1));
    return loaded.files.has(file) ? file : null;
  };
  if (rendered.failed !== null)
    return refused(...rendered.failed.map((problem) => placed(rollout, reference, problem, files)));
  const arranged = arrangeHooks(rendered.documents, helm.hooks);
  const hooks = arranged.problems.map(({ key, message }) =>
    key === null ? rollout.at(reference, message) : rollout.atKey([...at, 'hooks', key], message),
  );
  const { before, main, after } = arranged;
  return {
    ...{ before, main, after, reference, usedSecrets: rendered.usedSecrets, keeping: rendered.keeping },
    told: told === null || Object.keys(told).length === 0 ? null : told,
    problems: [...rendered.problems, ...hooks],
    notes: [
      ...silent,
      ...rendered.notes,
      ...arranged.tests.map((test) => rollout.at(reference, `left out, since it is a test of the chart: ${test}`)),
    ],
  };
}

async function renderDirectory(context: RenderContext, kustomize: string, settings: Settings): Promise<RenderedStep> {
  const { directory, rollout, parameters } = context;
  const reference = [...settings.path, 'kustomize'];
  const refused = (...problems: readonly Problem[]) => ({ ...FAILED, reference, problems });
  const path = posix.normalize(kustomize).replace(/\/$/, '');
  if (path === '.') return refused(rollout.at(reference, 'cannot be the rollout directory itself'));
  const kind = await directory.kindOf(path);
  if (kind === 'outside') return refused(rollout.at(reference, `"${kustomize}" leads out of the rollout directory`));
  if (kind !== 'directory')
    return refused(rollout.at(reference, `there is no directory "${kustomize}" in the rollout directory`));
  const { files, problems } = await kustomizationTree(directory, path, parameters, rollout.at(reference, ''));
  if (problems.length > 0) return refused(...problems);
  const rendered = await renderTwice(
    context,
    settings,
    reference,
    () => [],
    (renderer) => renderer.kustomization({ files, directory: path }),
  );
  if (rendered.failed !== null)
    return refused(...rendered.failed.map((problem) => placed(rollout, reference, problem, () => null)));
  return {
    ...NOTHING,
    reference,
    main: rendered.documents,
    usedSecrets: rendered.usedSecrets,
    keeping: rendered.keeping,
    problems: rendered.problems,
    notes: rendered.notes,
  };
}

interface RenderedPart {
  readonly failed: readonly RenderProblem[] | null;
  readonly documents: readonly RenderedDocument[];
  /** Of the first rendering; absent for a kustomization. */
  readonly facts?: ChartFacts;
  /** Whether both came to the same. */
  readonly repeats: boolean;
  readonly keeping: KeepingFile | null;
  readonly usedSecrets: ReadonlySet<string>;
  readonly problems: readonly Problem[];
  readonly notes: readonly Problem[];
}

const UNRENDERED: Omit<RenderedPart, 'failed'> = {
  ...{ documents: [], repeats: true, keeping: null, usedSecrets: new Set(), problems: [], notes: [] },
};

/** What differs between one rendering and the other: whoever depends on it shows. */
interface Circumstances {
  readonly seed: string;
  readonly now: string;
}

const HERE: Circumstances = { seed: '1', now: '2006-01-02T15:04:05Z' };
const THERE: Circumstances = { seed: '2', now: '2031-11-22T03:34:56Z' };

/**
 * Renders twice: a bundle that came out otherwise the next time would name something that nobody looked at. What a chart
 * makes up is another the second time, and so is the time of day.
 *
 * @param byReference what was put into the values for secrets, by seed
 */
async function renderTwice(
  { rollout, renderer }: RenderContext,
  { secrets, namespace, path }: Settings,
  reference: Path,
  byReference: (seed: string) => readonly Invention[],
  render: (renderer: Renderer, at: Circumstances, named?: readonly string[]) => Promise<Rendering>,
): Promise<RenderedPart> {
  const failed = (problems: readonly RenderProblem[]): RenderedPart => ({ ...UNRENDERED, failed: problems });
  if (renderer === undefined) return failed([{ message: 'nothing here can render charts or kustomizations' }]);
  const within = (at: Circumstances, named?: readonly string[]) => renderWithin(() => render(renderer, at, named));
  const first = await within(HERE);
  if (!first.ok) return failed(first.problems);
  const { facts } = first;
  const other = await within(THERE, facts?.named);
  // A chart may refuse another time.
  const second = other.ok ? other : await within({ ...THERE, now: HERE.now }, facts?.named);
  if (!second.ok) return failed(second.problems);
  const inventions = [...(facts?.inventions ?? []), ...byReference(HERE.seed)];
  const later = [...(second.facts?.inventions ?? []), ...byReference(THERE.seed)];
  const mapped = mapSecrets(
    { documents: first.documents, inventions },
    { documents: second.documents, inventions: later },
    secrets,
    namespace,
  );
  const { wanderings, fields } = compareRenderings(
    { documents: mapped.documents, inventions },
    { documents: mapped.again, inventions: later },
  );
  const written = mapped.problems.map(({ secret, key, message }) => {
    if (secret === null) return rollout.at(reference, message);
    return rollout.atKey([...path, 'secrets', secret, ...(key === null ? [] : [key])], message);
  });
  const differing = wanderings.map(({ source, object, field }) => {
    const what = field === '' ? 'is not there every time' : `has another ${field} every time`;
    return rollout.at(
      reference,
      `${object} (${source}) ${what} it is rendered, and what is approved must be what is applied: give the chart a fixed value, or, if it is a secret, have it in a Secret`,
    );
  });
  const { documents, places } = withoutFields(mapped.documents, fields, namespace);
  return {
    failed: null,
    documents,
    ...(facts === undefined ? {} : { facts }),
    repeats: wanderings.length === 0 && second.documents.length === first.documents.length,
    keeping: keepingOf(inventions, [...mapped.places, ...places]),
    usedSecrets: mapped.used,
    problems: [...written, ...differing],
    notes: mapped.notes.map((note) => rollout.at(reference, note)),
  };
}

/** What takes or writes too much is a problem of what is rendered. @throws what `render` throws, `LimitExceeded` apart. */
async function renderWithin(render: () => Promise<Rendering>): Promise<Rendering> {
  try {
    return await render();
  } catch (error) {
    if (error instanceof OverLimit)
      return { ok: false, problems: [{ message: `rendering it ${beyond(error.limit)}` }] };
    throw error;
  }
}

/** A problem where it is: in a template when the tool names one, else where the step names the chart. */
function placed(
  rollout: Content,
  reference: Path,
  { source, line = 1, column = 1, message }: RenderProblem,
  fileOf: (source: string) => string | null,
): Problem {
  const file = source === undefined ? null : fileOf(source);
  if (file !== null) return { file, line, column, message };
  return rollout.at(reference, source === undefined ? message : `${source}: ${message}`);
}
