import { compareTexts } from '../domain/compare.ts';
import type { Change } from '../domain/change.ts';
import type { Finding } from '../domain/evidence.ts';
import { WindlassFailure } from '../domain/failure.ts';
import { assertFence } from '../domain/fence.ts';
import type { ClusterExport } from '../domain/git-export.ts';
import { isObject, jsonIn, readObject, readText } from '../domain/json-fields.ts';
import type { GitopsExportSpec } from '../domain/kinds/gitops-export.ts';
import type { KubernetesObject } from '../domain/kubernetes-api.ts';
import type { Resolved } from '../domain/reference.ts';
import type { Applied, EngineContext, StepEngine } from '../domain/step-engine.ts';
import { digest, filesOf, MARK } from './layout.ts';
import { shown, type RepositoryConnection } from './address.ts';
import { Repository, type Head } from './repository.ts';

type Spec = Resolved<GitopsExportSpec>;

/** What the engine is given of the cluster. */
export interface ExportSource {
  /** All that the rollout has put there, as files may hold it. */
  readonly exported: (context: EngineContext) => Promise<ClusterExport>;
  /** What of the cluster is not as these objects say, each in words. */
  readonly drift: (objects: readonly KubernetesObject[], context: EngineContext) => Promise<readonly string[]>;
}

/** How often an export is made anew because somebody else has pushed. */
const TRIES = 3;
const FAULTS = 20;

/**
 * The engine of `gitops.export`. Fails with `OwnershipConflict` for a directory that holds anything that no export of this
 * rollout has written, a checked out branch or a dirty work tree; `AccessDenied`, `NotFound`, `TargetUnreachable`, `TargetBusy`,
 * `ToolMissing`, `ReferenceUnresolved`, `FenceLost`; none of them holds a credential, or what git said.
 */
export function gitopsExportEngine(connection: RepositoryConnection, source: ExportSource): StepEngine<Spec> {
  const repository = shown(connection.url);

  async function wanted(spec: Spec, context: EngineContext) {
    const exported = await source.exported(context);
    const { rollout, environment } = context.owner;
    const { layout, branch, path } = spec;
    const files = filesOf(exported, { layout, rollout, environment, repository: connection.url, branch, path });
    return { exported, files };
  }

  async function plan(spec: Spec, context: EngineContext): Promise<readonly Change[]> {
    const { files } = await wanted(spec, context);
    return Repository.with(connection, context.signal, async (copy) =>
      changesOf(spec, files, await copy.head(spec.branch, spec.path), context),
    );
  }

  async function apply(spec: Spec, context: EngineContext): Promise<Applied> {
    const { files } = await wanted(spec, context);
    const signingKey = spec.signingKey === undefined ? null : await context.resolve(spec.signingKey);
    const { branch, path, author } = spec;
    for (let tries = 1; ; tries += 1) {
      try {
        return await Repository.with(connection, context.signal, async (copy) => {
          const head = await copy.head(branch, path);
          const changes = changesOf(spec, files, head, context);
          if (changes.some(({ action }) => action !== 'unchanged')) {
            assertFence(context.fence, `branch ${branch} of ${repository}`);
            await copy.commit(head.commit, {
              branch,
              path,
              files,
              message: messageOf(spec, context),
              author,
              signingKey,
            });
          }
          return { changes, findings: [] };
        });
      } catch (error) {
        if (!(error instanceof WindlassFailure) || error.type !== 'TargetBusy' || tries >= TRIES) throw error;
      }
    }
  }

  async function verify(spec: Spec, context: EngineContext): Promise<readonly Finding[]> {
    const { exported, files } = await wanted(spec, context);
    const head = await Repository.with(connection, context.signal, (copy) => copy.head(spec.branch, spec.path));
    const about = { repository, branch: spec.branch, path: spec.path };
    const time = new Date().toISOString();
    const faults = [...files]
      .filter(([file, text]) => head.files.get(file) !== text)
      .map(([file]) => `${file} ${head.files.has(file) ? 'differs' : 'is missing'}`);
    const drift = await source.drift(exported.objects, context);
    return [
      {
        kind: 'gitops-exported',
        about,
        holds: faults.length === 0,
        how: 'real',
        source: `${repository}, commit ${head.commit ?? 'none'}`,
        time,
        observed: {
          commit: head.commit,
          files: files.size,
          placeholders: exported.secrets.length,
          faults: faults.slice(0, FAULTS),
        },
      },
      {
        kind: 'gitops-drift',
        about: { ...about, cluster: spec.cluster },
        holds: drift.length === 0,
        how: 'real',
        source: `a dry run of all that ${repository} holds`,
        time,
        observed: { objects: exported.objects.length, faults: drift.slice(0, FAULTS) },
      },
    ];
  }

  function changesOf(
    spec: Spec,
    files: ReadonlyMap<string, string>,
    head: Head,
    context: EngineContext,
  ): readonly Change[] {
    const written = markOf(head, spec, context.owner, repository);
    const names = [...new Set([...files.keys(), ...written.keys()])].filter((file) => file !== MARK).sort(compareTexts);
    const changes = names.map((file): Change => {
      const [before, after] = [head.files.get(file), files.get(file)];
      const what = `file ${spec.path}/${file}`;
      if (before === after) return { action: 'unchanged', what, destructive: false };
      // What somebody wrote since goes with this export, and stays in the history.
      const byHand = before !== undefined && digest(before) !== written.get(file);
      const asks = byHand ? { asks: 'changed by hand' } : {};
      const action = before === undefined ? 'create' : after === undefined ? 'delete' : 'update';
      return { action, what, destructive: false, ...asks };
    });
    const marked = head.files.get(MARK) === files.get(MARK);
    const isQuiet = changes.every(({ action }) => action === 'unchanged');
    return isQuiet && !marked
      ? [...changes, { action: 'update', what: `file ${spec.path}/${MARK}`, destructive: false }]
      : changes;
  }

  return {
    plan,
    apply,
    verify,
    undo: (spec) =>
      `Revert the commit in branch ${spec.branch}; no history is rewritten. The next export makes it anew.`,
  };
}

/** SHA-256 of what the last export has written, by file. @throws WindlassFailure `OwnershipConflict`. */
function markOf(
  { files }: Head,
  { branch, path }: Spec,
  { rollout, environment }: EngineContext['owner'],
  repository: string,
): ReadonlyMap<string, string> {
  const text = files.get(MARK);
  const mark = text === undefined ? undefined : jsonIn(text);
  const object = `${path} in branch ${branch} of ${repository}`;
  const next = 'Name an empty directory in `path`, or take away what is there, then retry.';
  if (mark === undefined || !isObject(mark)) {
    if (files.size === 0) return new Map();
    throw new WindlassFailure(
      'OwnershipConflict',
      `The directory holds ${files.size} files that no export has written.`,
      { object, next },
    );
  }
  if (readText(mark, 'rollout') !== rollout || readText(mark, 'environment') !== environment)
    throw new WindlassFailure('OwnershipConflict', 'The directory is the export of another rollout or environment.', {
      object,
      next,
    });
  const written = new Map(
    Object.entries(readObject(mark, 'files')).map(([file, sum]) => [file, typeof sum === 'string' ? sum : '']),
  );
  const strangers = [...files.keys()].filter((file) => file !== MARK && !written.has(file));
  if (strangers.length === 0) return written;
  throw new WindlassFailure(
    'OwnershipConflict',
    `Somebody has put ${strangers.length} files of their own into the directory, such as ${strangers[0] ?? ''}.`,
    {
      object,
      next: 'Move them out of the directory of the export, then retry.',
      facts: { files: strangers.slice(0, FAULTS) },
    },
  );
}

function messageOf({ path }: Spec, { owner: { rollout, environment, bundle, run } }: EngineContext): string {
  return [
    `${rollout} in ${environment}: ${path}`,
    '',
    `Windlass-Rollout: ${rollout}`,
    `Windlass-Environment: ${environment}`,
    `Windlass-Bundle: ${bundle}`,
    `Windlass-Run: ${run}`,
    '',
  ].join('\n');
}
