import { bundleFiles } from '../../src/bundle/files.ts';
import type { Bundle } from '../../src/domain/bundle.ts';
import type { Change } from '../../src/domain/change.ts';
import type { Json } from '../../src/domain/json.ts';
import {
  dolphinschedulerProjectKind,
  type DolphinschedulerProjectSpec,
} from '../../src/domain/kinds/dolphinscheduler-project.ts';
import type { EngineContext } from '../../src/domain/step-engine.ts';
import { destructiveDigest } from '../../src/dolphinscheduler/changes.ts';
import { dolphinschedulerProjectEngine } from '../../src/dolphinscheduler/project-engine.ts';
import { PASSWORD } from '../lab/dolphinscheduler/api.ts';

export const PROJECT = 'Commodity Data Platform';

/** A workflow file with one task after another. */
export function workflowText(name: string, rest = '', script = 'echo hi'): string {
  const tasks = `tasks:\n  - { name: fetch, type: SHELL, script: "${script}" }\n  - { name: load, type: SHELL, script: "echo load", after: [fetch] }\n`;
  return `workflow: ${name}\n${rest}${tasks}`;
}

export type Files = Readonly<Record<string, string>>;

/** Files as a bundle has them. */
function filesOf(files: Files): EngineContext['files'] {
  const bundle = { files: Object.fromEntries(Object.keys(files).map((path) => [path, 'digest'])) } as unknown as Bundle;
  const text = (path: string) => files[path] ?? '';
  return bundleFiles(
    bundle,
    (path) => Promise.resolve(text(path)),
    async function* (path) {
      yield await Promise.resolve(Buffer.from(text(path)));
    },
  );
}

/** A step of the kind, on a server, with its files; `options` is what the worker hands over. */
export function stepOn(
  url: string,
  files: Files,
  spec: Readonly<Record<string, unknown>> = {},
  options: { readonly password?: string; readonly rollout?: string } = {},
) {
  const parsed = dolphinschedulerProjectKind.schema.parse({
    ...{ user: 'admin', password: { fromEnv: 'PASSWORD' }, project: PROJECT, workflows: ['workflows'], ...spec },
  }) as DolphinschedulerProjectSpec;
  const engine = dolphinschedulerProjectEngine({ url }, 300);
  const progress: Json[] = [];
  const contextWith = (more: Partial<EngineContext> = {}): EngineContext => ({
    files: filesOf(files),
    signal: AbortSignal.timeout(240_000),
    progress: (state) => {
      progress.push(state);
    },
    resolve: () => Promise.resolve(options.password ?? PASSWORD),
    owner: {
      ...{ rollout: options.rollout ?? 'platform', environment: 'lab', bundle: 'b', run: 'r' },
      ...{ phase: 'foundation', step: 'orchestration' },
    },
    ...more,
  });
  return {
    progress,
    plan: () => engine.plan(parsed, contextWith()),
    /** As a rollout does it: what the plan shows is approved. */
    apply: async (more: Partial<EngineContext> = {}) => {
      const planned = await engine.plan(parsed, contextWith());
      return engine.apply(parsed, contextWith({ shown: destructiveDigest(planned), ...more }));
    },
    /** Without a plan of its own. */
    applyOnly: (more: Partial<EngineContext>) => engine.apply(parsed, contextWith(more)),
    verify: () => engine.verify(parsed, contextWith()),
    undo: () => engine.undo(parsed),
  };
}

/** `create workflow daily-prices` of each change. */
export function actionsIn(changes: readonly Change[]): readonly string[] {
  return changes.map(({ action, what }) => `${action} ${what}`);
}

/** Details of one thing. */
export function detailOf(changes: readonly Change[], what: string): readonly string[] {
  return changes.find((change) => change.what === what)?.detail ?? [];
}
