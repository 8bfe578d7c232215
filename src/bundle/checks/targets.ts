import { STEP_TARGETS, type StepKind, type TargetKind } from '../../domain/step.ts';
import { fieldsOf, listOf, type RolloutDraft, type StepDraft } from '../draft.ts';
import type { Problem } from '../problem.ts';
import type { Content } from '../source/content.ts';
import type { Path } from '../source/yaml-source.ts';
import { didYouMean, listed } from '../suggest.ts';

/** Probes ask in a way that only some targets understand. */
const PROBE_TARGETS: Readonly<Record<string, readonly TargetKind[]>> = {
  http: ['http', 's3'],
  sql: ['postgres'],
  tcp: STEP_TARGETS.probe,
};

/** Whether each step acts on a declared target of the right kind, and each target is bound in the environment. */
export function targetProblems(rollout: Content, environment: Content | null, draft: RolloutDraft): readonly Problem[] {
  const steps = draft.phases.flatMap((phase) => phase.steps);
  return [
    ...steps.flatMap((step) => stepTargets(step).flatMap((use) => useProblems(rollout, draft, use))),
    ...(environment ? bindingProblems(rollout, environment, draft) : []),
  ];
}

interface Use {
  readonly target: string;
  readonly path: Path;
  readonly kinds: readonly string[];
  /** What acts on the target, for the message. */
  readonly what: string;
}

function stepTargets(step: StepDraft): readonly Use[] {
  const uses: Use[] = [];
  const { kind, target, path } = step;
  const protocol = kind === 'probe' ? String(step.with['protocol']) : undefined;
  const kinds =
    protocol !== undefined
      ? PROBE_TARGETS[protocol]
      : kind !== undefined && isStepKind(kind)
        ? STEP_TARGETS[kind]
        : undefined;
  if (target !== undefined && kinds && kinds.length > 0)
    uses.push({
      target,
      path: [...path, 'target'],
      kinds,
      what: protocol === undefined ? String(kind) : `a probe over ${protocol}`,
    });
  const store = step.with['objectStore'];
  if (kind !== undefined && typeof store === 'string')
    uses.push({
      target: store,
      path: [...path, 'with', 'objectStore'],
      kinds: ['s3'],
      what: `objectStore of ${kind}`,
    });
  for (const [index, role] of listOf(step.with['roles']).entries()) {
    const cluster = fieldsOf(role, 'password', 'kubernetesSecret')['target'];
    if (kind === 'postgres.provision' && typeof cluster === 'string')
      uses.push({
        target: cluster,
        path: [...path, 'with', 'roles', index, 'password', 'kubernetesSecret', 'target'],
        kinds: ['kubernetes'],
        what: `a password of ${kind}`,
      });
  }
  return [...uses, ...partTargets(step, 'databases', 'postgres'), ...partTargets(step, 'buckets', 's3')];
}

/** The databases and buckets of a drill, each on a target of its own. */
function partTargets(
  { kind, path, with: spec }: StepDraft,
  field: 'databases' | 'buckets',
  of: TargetKind,
): readonly Use[] {
  if (kind !== 'velero.drill') return [];
  return listOf(spec[field]).flatMap((entry, index) => {
    const { target } = fieldsOf(entry);
    if (typeof target !== 'string') return [];
    const at = [...path, 'with', field, index, 'target'];
    return [{ target, path: at, kinds: [of], what: `${field} of ${kind}` }];
  });
}

function isStepKind(kind: string): kind is StepKind {
  return Object.hasOwn(STEP_TARGETS, kind);
}

function useProblems(rollout: Content, draft: RolloutDraft, use: Use): readonly Problem[] {
  const names = [...draft.targets.keys()];
  if (!draft.targets.has(use.target)) {
    const hint = didYouMean(use.target, names) || `; the rollout declares ${listed(names)}`;
    return [rollout.at(use.path, `unknown target "${use.target}"${hint}`)];
  }
  const kind = draft.targets.get(use.target);
  if (kind === undefined || use.kinds.includes(kind)) return [];
  const suitable = names.filter((name) => use.kinds.includes(draft.targets.get(name) ?? ''));
  const wanted = `a target of kind ${use.kinds.join(' or ')}`;
  return [
    rollout.at(
      use.path,
      `${use.what} needs ${wanted}, and "${use.target}" is of kind ${kind}; suitable: ${listed(suitable)}`,
    ),
  ];
}

function bindingProblems(rollout: Content, environment: Content, draft: RolloutDraft): readonly Problem[] {
  const bindings = fieldsOf(environment.data, 'spec', 'targets');
  const unbound = [...draft.targets].flatMap(([name, kind]) => {
    if (!Object.hasOwn(bindings, name)) {
      const declared = rollout.place(['spec', 'targets', name]);
      return [
        environment.atKey(
          ['spec', 'targets'],
          `the target "${name}" (${kind ?? 'of some kind'}, ${declared}) is not bound`,
        ),
      ];
    }
    const bound = fieldsOf(bindings, name)['kind'];
    if (kind === undefined || typeof bound !== 'string' || bound === kind) return [];
    const message = `the target "${name}" is bound as ${bound}, and ${rollout.place(['spec', 'targets', name, 'kind'])} declares ${kind}`;
    return [environment.at(['spec', 'targets', name, 'kind'], message)];
  });
  const names = [...draft.targets.keys()];
  const unused = Object.keys(bindings).filter((name) => !draft.targets.has(name));
  return [
    ...unbound,
    ...unused.map((name) =>
      environment.atKey(
        ['spec', 'targets', name],
        `the rollout declares no target "${name}"${didYouMean(name, names)}`,
      ),
    ),
  ];
}
