import { setTimeout as sleep } from 'node:timers/promises';
import type { Change } from '../../domain/change.ts';
import { durationMs } from '../../domain/duration.ts';
import type { Finding } from '../../domain/evidence.ts';
import { WindlassFailure } from '../../domain/failure.ts';
import type { PolicyReportsSpec } from '../../domain/kinds/policy-reports.ts';
import type { EngineContext, StepEngine } from '../../domain/step-engine.ts';
import type { KubernetesClient } from '../client/client.ts';
import { readReports } from './read.ts';
import type { Reported } from './reported.ts';

const LOOK_AGAIN_MS = 1_000;
/** How many objects evidence names. */
const NAMED = 20;

/**
 * `policy.reports`: its plan asks for an answer to whatever the policies would refuse, and to what they were not asked about,
 * so that a gate opens over these. It waits until reports tell of every pod, since none tells that it is not finished.
 */
export function policyReportsEngine(api: KubernetesClient): StepEngine<PolicyReportsSpec> {
  const look = async ({ policies, within }: PolicyReportsSpec, signal: AbortSignal) => {
    const end = performance.now() + durationMs(within);
    for (;;) {
      const reported = await readReports(policies, api, signal);
      const isOver = reported === null || reported.every(({ unseen }) => unseen.length === 0);
      if (isOver || performance.now() >= end) return reported;
      await sleep(LOOK_AGAIN_MS, undefined, { signal });
    }
  };
  const present = async (spec: PolicyReportsSpec, signal: AbortSignal): Promise<readonly Reported[]> => {
    const reported = await look(spec, signal);
    if (reported === null) throw notInEffect(spec);
    return reported;
  };
  return {
    plan: async (spec, { signal }) => {
      const reported = await look(spec, signal);
      return reported === null ? [unknownYet(spec)] : acceptances(reported);
    },
    apply: async (spec, { signal }) => ({ changes: acceptances(await present(spec, signal)), findings: [] }),
    verify: async (spec, { signal }: EngineContext) => {
      const time = new Date().toISOString();
      const source = `policy reports of API server ${api.address}`;
      return (await present(spec, signal)).map((reported) => findingOf(reported, source, time));
    },
    undo: () => 'Reading reports changes nothing, so there is nothing to undo.',
  };
}

function acceptances(reported: readonly Reported[]): readonly Change[] {
  return reported.flatMap(({ policy, against, unseen }) => [
    ...against.map(({ object, result }): Change => ({
      action: 'create',
      what: `acceptance of ${policy}: ${object} ${result === 'fail' ? 'would be refused' : `has the result ${result}`}`,
      destructive: false,
      asks: 'policy violation',
    })),
    ...unseen.map((object): Change => ({
      action: 'create',
      what: `acceptance of ${policy}: no report tells of ${object}`,
      destructive: false,
      asks: 'policy violation',
    })),
  ]);
}

function unknownYet({ policies }: PolicyReportsSpec): Change {
  return { action: 'unknown', what: `what ${policies.join(', ')} would refuse`, destructive: false };
}

function findingOf({ policy, passed, against, unseen }: Reported, source: string, time: string): Finding {
  return {
    kind: 'policy-reports',
    about: { policy },
    holds: against.length === 0 && unseen.length === 0,
    how: 'real',
    source,
    observed: {
      passed,
      against: against.length,
      unseen: unseen.length,
      named: [...against.map(({ object }) => object), ...unseen].slice(0, NAMED),
    },
    time,
  };
}

function notInEffect({ policies }: PolicyReportsSpec): WindlassFailure {
  return new WindlassFailure(
    'ExpectationFailed',
    'Not all of these policies are there and in effect, so no report tells of them.',
    {
      object: policies.map((name) => `ValidatingPolicy ${name}`).join(', '),
      next: 'Apply them in an earlier step, and look whether Kyverno runs; then retry this step.',
    },
  );
}
