import type { Change } from '../../domain/change.ts';
import { durationMs } from '../../domain/duration.ts';
import type { Applied, EngineContext, StepEngine } from '../../domain/step-engine.ts';
import type { Finding } from '../../domain/evidence.ts';
import type { Json } from '../../domain/json.ts';
import type { KubernetesSuspendSpec } from '../../domain/kinds/kubernetes-suspend.ts';
import type { KubernetesClient } from '../client/client.ts';
import { readList } from '../../domain/json-fields.ts';
import { labelOf, refOf } from '../identity.ts';
import { FenceGuard } from '../inventory/fence-guard.ts';
import { assertMay } from '../preflight/rights.ts';
import type { VerbOptions } from '../verb-options.ts';
import { untilQuiet } from './jobs.ts';
import { changesOf, lookAt, type Looked } from './live-to-suspend.ts';

/** The engine of `kubernetes.suspend`. Which CronJobs it has suspended is written down on each, in the same request. */
export function kubernetesSuspendEngine(
  client: KubernetesClient,
  { inventory }: VerbOptions = {},
): StepEngine<KubernetesSuspendSpec> {
  const look = (spec: KubernetesSuspendSpec, { owner, signal }: EngineContext): Promise<Looked> =>
    lookAt(spec, `${owner.environment}/${owner.rollout}`, client, signal);

  return {
    plan: async (spec, context) => changesOf(await look(spec, context), context.authors),

    apply: async (spec, context): Promise<Applied> => {
      const looked = await look(spec, context);
      // A retry finds what an earlier attempt has done as done.
      const earlier = readList(context.resume, 'changes') as unknown as readonly Change[];
      const changes = earlier.length > 0 ? earlier : changesOf(looked);
      const told = { changes: changes as unknown as Json };
      context.progress(told);
      const changed = looked.suspensions.filter(({ fields }) => fields !== null).map(({ cronJob }) => refOf(cronJob));
      await assertMay([{ verbs: ['patch'], objects: changed }], client, context.signal);
      const guard = new FenceGuard(client, context, inventory?.namespace);
      for (const { cronJob, fields } of looked.suspensions) {
        if (fields === null) continue;
        await guard.hold(labelOf(refOf(cronJob)));
        await client.merge(refOf(cronJob), fields, { signal: context.signal });
      }
      if (spec.action === 'suspend' && spec.running === 'wait')
        await untilQuiet(
          looked.suspensions.map(({ cronJob }) => cronJob),
          client,
          {
            withinMs: durationMs(spec.doneWithin),
            signal: context.signal,
            progress: (waitingFor) => {
              context.progress({ ...told, waitingFor });
            },
          },
        );
      return { changes, findings: findingsOf(await look(spec, context), spec) };
    },

    verify: async (spec, context) => findingsOf(await look(spec, context), spec),

    undo: ({ action }) =>
      action === 'suspend'
        ? 'By kubernetes.suspend with action resume: it resumes those that this step has suspended, and no others. Runs that were missed are not made up for.'
        : 'By kubernetes.suspend with action suspend. Jobs that were started in between stay.',
  };
}

function findingsOf(
  { suspensions, running }: Looked,
  { action, namespace }: KubernetesSuspendSpec,
): readonly Finding[] {
  const left = suspensions.filter(({ fields }) => fields !== null);
  const jobs = running.map((job) => labelOf(refOf(job)));
  return [
    {
      kind: 'cron-jobs-suspended',
      about: { namespace, action },
      holds: left.length + jobs.length === 0,
      how: 'real',
      source: `/apis/batch/v1/namespaces/${namespace}/cronjobs`,
      observed: {
        all: suspensions.length,
        done: suspensions.length - left.length,
        cronJobs: suspensions.slice(0, 100).map(({ cronJob, line }) => ({ name: cronJob.metadata.name, now: line })),
        running: jobs.slice(0, 100),
        runningInAll: jobs.length,
      },
      time: new Date().toISOString(),
    },
  ];
}
