/** Names of rollouts, environments, phases, steps and targets: RFC 1123 labels, so that they fit ids, labels and paths. */
export const NAME_PATTERN = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** The task queue that workers poll and clients start on, unless configured otherwise. */
export const DEFAULT_TASK_QUEUE = 'windlass';

/** Workflow id of a rollout. Temporal refuses a second open workflow of the same id: that is what makes starts exclusive. */
export function rolloutWorkflowId(environment: string, rollout: string): string {
  return `rollout/${environment}/${rollout}`;
}

/** Workflow id of one phase of a rollout. */
export function phaseWorkflowId(environment: string, rollout: string, phase: string): string {
  return `${rolloutWorkflowId(environment, rollout)}/${phase}`;
}

/** Id of a drill's workflow and of its schedule; one word before for what else is scheduled beside it. */
export function drillWorkflowId(
  environment: string,
  rollout: string,
  phase: string,
  step: string,
  mode: 'drill' | 'witness' | 'freshness' = 'drill',
): string {
  return `${mode}/${environment}/${rollout}/${phase}/${step}`;
}

/** Id of the workflow that looks at a rollout as a whole, and of its schedule: how ready it is, what has drifted. */
export function lookWorkflowId(mode: 'readiness' | 'drift', environment: string, rollout: string): string {
  return `${mode}/${environment}/${rollout}`;
}

/** Workflow id of the lock that keeps rollouts and drills off one target at once. */
export function lockWorkflowId(environment: string, target: string): string {
  return `lock/${environment}/${target}`;
}

/** Workflow id of the run that heals the lock of a target. */
export function healWorkflowId(environment: string, target: string): string {
  return `heal/${environment}/${target}`;
}

/** Workflow id of the run that freezes an environment, or ends a freeze of it. */
export function freezeWorkflowId(environment: string): string {
  return `freeze/${environment}`;
}

/** The one spelling of a step's full name, as shown in tables, commands and evidence. */
export function stepPath(phase: string, step: string): string {
  return `${phase}/${step}`;
}

const RESTORE_SUFFIX = '-restore';
const LONGEST_NAME = 63;

/** Name of the rollout that restores what another one backs up. */
export function restoreRolloutName(rollout: string): string {
  return `${rollout.slice(0, LONGEST_NAME - RESTORE_SUFFIX.length)}${RESTORE_SUFFIX}`;
}
