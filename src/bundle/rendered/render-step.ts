import { posix } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HelmRelease } from '../../domain/kinds/helm-release.ts';
import type { RenderedDocument, Renderer, Rendering, RenderProblem } from '../../domain/rendering.ts';
import type { StepDraft } from '../draft.ts';
import type { Problem } from '../problem.ts';
import type { Content } from '../source/content.ts';
import type { Path } from '../source/yaml-source.ts';
import { atAnotherTime } from './another-time.ts';
import { chartFiles } from './chart.ts';
import { arrangeHooks, type HookGroup } from './hooks.ts';
import { kustomizationTree } from './kustomization.ts';
import { wanderings } from './repeatable.ts';
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
  /** Entries of `secrets` that a rendered Secret was found for; null when that cannot be known. */
  readonly usedSecrets: ReadonlySet<string> | null;
  readonly problems: readonly Problem[];
  readonly notes: readonly Problem[];
}

interface Settings {
  readonly secrets: SecretMapping;
  readonly namespace: string;
  /** `with` of the step. */
  readonly path: Path;
}

const NOTHING: RenderedStep = {
  ...{ before: [], main: [], after: [], reference: null },
  ...{ usedSecrets: new Set(), problems: [], notes: [] },
};

const FAILED: RenderedStep = { ...NOTHING, usedSecrets: null };

/**
 * Renders what a step names as `helm` and `kustomize`. A step that its schema refuses is left alone.
 *
 * @throws WindlassFailure of the renderer; Error of `node:fs` when a file cannot be read, such as `EACCES`.
 */
export async function renderStep(context: RenderContext, step: StepDraft): Promise<RenderedStep> {
  if (step.step?.kind !== 'kubernetes.apply') return NOTHING;
  const { helm, kustomize, secrets, namespace = 'default' } = step.step.with;
  const settings = { secrets, namespace, path: [...step.path, 'with'] };
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
  const { release, includeCRDs, kubeVersion, apiVersions } = helm;
  const request = {
    ...{ chart, release, includeCRDs, kubeVersion, apiVersions },
    ...{ namespace: settings.namespace, values: values.texts },
  };
  const rendered = await renderTwice(
    context,
    settings,
    reference,
    (renderer, again) => renderer.chart({ ...request, files: again ? atAnotherTime(loaded.files) : loaded.files }),
    loaded.packaged,
  );
  const files = (source: string): string | null => {
    const file = posix.join(chart, source.slice(source.indexOf('/') + 1));
    return loaded.files.has(file) ? file : null;
  };
  if ('failed' in rendered)
    return refused(...rendered.failed.map((problem) => placed(rollout, reference, problem, files)));
  const arranged = arrangeHooks(rendered.documents, helm.hooks);
  const hooks = arranged.problems.map(({ key, message }) =>
    key === null ? rollout.at(reference, message) : rollout.atKey([...at, 'hooks', key], message),
  );
  const { before, main, after } = arranged;
  return {
    ...{ before, main, after, reference, usedSecrets: rendered.usedSecrets },
    problems: [...rendered.problems, ...hooks],
    notes: arranged.tests.map((test) => rollout.at(reference, `left out, since it is a test of the chart: ${test}`)),
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
  const rendered = await renderTwice(context, settings, reference, (renderer) =>
    renderer.kustomization({ files, directory: path }),
  );
  if ('failed' in rendered)
    return refused(...rendered.failed.map((problem) => placed(rollout, reference, problem, () => null)));
  return {
    ...NOTHING,
    reference,
    main: rendered.documents,
    usedSecrets: rendered.usedSecrets,
    problems: rendered.problems,
  };
}

interface Rendered {
  readonly documents: readonly RenderedDocument[];
  readonly usedSecrets: ReadonlySet<string>;
  readonly problems: readonly Problem[];
}

/**
 * Renders twice: a bundle that came out otherwise the next time would name something that nobody looked at. Values of
 * Secrets may differ, since they are left out.
 *
 * @param tellsTime whether only a later render can tell that what is rendered depends on the time
 */
async function renderTwice(
  { rollout, renderer }: RenderContext,
  { secrets, namespace, path }: Settings,
  reference: Path,
  render: (renderer: Renderer, again: boolean) => Promise<Rendering>,
  tellsTime = false,
): Promise<Rendered | { readonly failed: readonly RenderProblem[] }> {
  if (renderer === undefined) return { failed: [{ message: 'nothing here can render charts or kustomizations' }] };
  const first = await render(renderer, false);
  if (!first.ok) return { failed: first.problems };
  if (tellsTime) await sleep(1_000 - (Date.now() % 1_000));
  const other = await render(renderer, true);
  const second = other.ok ? other : await render(renderer, false);
  if (!second.ok) return { failed: second.problems };
  const mapped = mapSecrets(first.documents, secrets, namespace);
  const again = mapSecrets(second.documents, secrets, namespace);
  const written = mapped.problems.map(({ secret, key, message }) => {
    if (secret === null) return rollout.at(reference, message);
    return rollout.atKey([...path, 'secrets', secret, ...(key === null ? [] : [key])], message);
  });
  const differing = wanderings(mapped.documents, again.documents).map(({ source, object, field }) => {
    const what = field === '' ? 'is not there every time' : `has another ${field} every time`;
    return rollout.at(
      reference,
      `${object} (${source}) ${what} it is rendered, and what is approved must be what is applied: give the chart a fixed value, or map it if it is that of a Secret`,
    );
  });
  return { documents: mapped.documents, usedSecrets: mapped.used, problems: [...written, ...differing] };
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
