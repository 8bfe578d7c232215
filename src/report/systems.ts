import type { Changed, Report, StepReport } from './report.ts';

/** What was changed on one system. */
interface SystemChanges {
  readonly title: string;
  readonly steps: readonly { readonly phase: string; readonly step: StepReport; readonly changed: Changed }[];
}

/** How systems are called by the first part of the kinds of their steps; others by that part itself. */
const TITLES: Readonly<Record<string, string>> = {
  kubernetes: 'Kubernetes',
  postgres: 'PostgreSQL',
  objectstore: 'Object stores',
  velero: 'Velero',
  dolphinscheduler: 'DolphinScheduler',
};

/** Steps that changed something, by their system, in the order in which systems come up. */
export function changesBySystem({ phases }: Pick<Report, 'phases'>): readonly SystemChanges[] {
  const steps = phases.flatMap((phase) =>
    phase.steps.flatMap((step) =>
      step.changed === null || step.changed.changes.length === 0
        ? []
        : [{ phase: phase.name, step, changed: step.changed }],
    ),
  );
  const bySystem = Map.groupBy(steps, ({ step }) => titleOf(step.kind));
  return [...bySystem].map(([title, of]) => ({ title, steps: of }));
}

/** A step without a verdict or an answer has no kind on record. */
function titleOf(kind: string | null): string {
  if (kind === null) return 'By steps whose kind is not on record';
  const [system = kind] = kind.split('.');
  return Object.hasOwn(TITLES, system) ? (TITLES[system] ?? system) : system;
}
