import type { Finding } from '../domain/evidence.ts';
import type { DolphinschedulerProjectSpec } from '../domain/kinds/dolphinscheduler-project.ts';
import { mustRun } from './run-state.ts';
import type { Scheduler } from './scheduler.ts';
import type { State } from './state.ts';

/** What the state shows of what the step claims; rests on a stand-in where one answered. */
export function findingsOf(
  state: State,
  spec: DolphinschedulerProjectSpec,
  { session }: Scheduler,
): readonly Finding[] {
  const how = session.isStandIn ? 'stand-in' : 'real';
  const time = new Date().toISOString();
  const source = (path: string) => `GET ${session.server} ${path}`;
  const { project } = spec;
  const objects = [
    { what: `project ${project}`, exists: state.project !== null, differs: state.differs },
    ...state.resources,
  ];
  return [
    ...objects.map(({ what, exists, differs }): Finding => ({
      ...{ kind: 'scheduler-object', about: { object: what }, observed: { exists, differs } },
      ...{ holds: exists && differs.length === 0, how, time, source: source(what) },
    })),
    ...state.workflows.map(({ workflow, live, definition, schedule, release, writes }): Finding => ({
      kind: 'workflow-declared',
      about: { project, workflow: workflow.name },
      observed: {
        ...{ version: live?.version ?? null, online: live?.online ?? false },
        differs: [...definition, ...schedule, ...release],
      },
      holds: live !== null && !writes && schedule.length + release.length === 0,
      ...{ how, time, source: source(`process-definition ${workflow.name}`) },
    })),
    ...(state.run === null
      ? []
      : [runFinding(state.run, project)].map(
          (found) => ({ ...found, how, time, source: source(`process-instances of ${found.about.workflow}`) }) as const,
        )),
  ];
}

function runFinding(run: NonNullable<State['run']>, project: string) {
  const { workflow, version, newest } = run;
  return {
    kind: 'workflow-ran' as const,
    about: { project, workflow },
    observed: {
      version,
      ...{ run: newest?.name ?? null, state: newest?.state ?? null },
      ...{ started: newest?.started ?? null, ended: newest?.ended ?? null },
    },
    holds: !mustRun(run),
  };
}
