import { summarizePlan, type Change } from '../../src/domain/change.ts';
import type { ToldFinding } from '../../src/domain/evidence.ts';
import type { RecordBody, RecordEntry } from '../../src/domain/record-entry.ts';
import type { RolloutStatus, StepStatus } from '../../src/domain/status.ts';
import { sha256 } from '../../src/store/sha256.ts';

const scope = { environment: 'lab', rollout: 'shop', run: 'run-1', bundle: 'b'.repeat(64) };

/** An entry of the test's run, `seconds` after its start. */
export function entry(seconds: number, step: string | null, body: RecordBody): RecordEntry {
  const [phase = null, name = null] = step?.split('/') ?? [];
  const time = new Date(Date.UTC(2026, 0, 1) + seconds * 1_000).toISOString();
  return { id: sha256(JSON.stringify([seconds, step, body])), time, scope: { ...scope, phase, step: name }, body };
}

export function change(action: Change['action'], what: string): Change {
  return { action, what, destructive: false };
}

export function plan(changes: readonly Change[]): RecordBody {
  return { type: 'plan', summary: summarizePlan(changes, 'Delete it by hand.', sha256), changes };
}

export function applied(changes: readonly Change[], durationMs = 1_000): RecordBody {
  return { type: 'applied', summary: summarizePlan(changes, '', sha256), changes, durationMs };
}

export function finding(subject: string, claim: string, more: Partial<ToldFinding> = {}): ToldFinding {
  return {
    kind: 'told',
    about: { subject, claim },
    observed: null,
    holds: true,
    how: 'real',
    source: `GET /${subject}`,
    time: '2026-01-01T00:00:09.000Z',
    ...more,
  };
}

export function step(name: string, state: StepStatus['state'], kind = 'probe'): StepStatus {
  return { name, kind, state, plan: null, gate: null, failure: null, decidedBy: null, startedAt: null, endedAt: null };
}

export function verdict(state: RolloutStatus['state'], steps: readonly StepStatus[]): RecordBody {
  const phaseState = state === 'done' ? 'done' : 'running';
  const phases = [{ name: 'data', state: phaseState, steps }] as const;
  const status = { ...scope, workflowId: 'rollout/lab/shop', startedBy: 'alice', state, failure: null, phases };
  return { type: 'verdict', status };
}

export function decision(by: string, choice: 'approve' | 'reject', comment: string, denial: string | null): RecordBody {
  return {
    type: 'decision',
    decision: {
      verdict: choice,
      bundle: scope.bundle,
      run: scope.run,
      phase: 'data',
      step: 'bucket',
      changeDigest: 'c'.repeat(64),
      by,
      comment,
      signature: by === 'bob' ? 'sig' : '',
    },
    denial,
    verified: by === 'bob',
  };
}
