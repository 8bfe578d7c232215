import type { PlanSummary } from '../../src/domain/change.ts';
import type { OpenGate } from '../../src/domain/gate.ts';
import type { PhaseStatus, RolloutState, RolloutStatus, StepStatus } from '../../src/domain/status.ts';
import type { Cli } from '../../src/cli/cli.ts';

export const plain = (_format: unknown, text: string): string => text;

export const plan = (counts: Partial<PlanSummary['counts']> = { create: 1 }, more: Partial<PlanSummary> = {}) => ({
  changeDigest: 'c'.repeat(64),
  destructiveDigest: 'd'.repeat(64),
  counts: { create: 0, update: 0, replace: 0, delete: 0, unchanged: 0, unknown: 0, ...counts },
  destructive: 0,
  lines: ['create    bucket backups'],
  more: 0,
  undo: 'Delete the bucket by hand.',
  ...more,
});

export const step = (name: string, state: StepStatus['state'], more: Partial<StepStatus> = {}): StepStatus => ({
  name,
  kind: 'probe',
  state,
  plan: null,
  gate: null,
  failure: null,
  decidedBy: null,
  startedAt: null,
  endedAt: null,
  ...more,
});

export const gate = (more: Partial<OpenGate> = {}): OpenGate => ({
  phase: 'backup',
  step: 'bucket',
  reason: 'Makes a bucket.',
  approvers: [],
  changeDigest: 'c'.repeat(64),
  destructiveDigest: 'd'.repeat(64),
  plan: plan(),
  openedAt: '2026-01-01T00:00:00.000Z',
  expiresAt: null,
  ...more,
});

export const status = (state: RolloutState, phases: readonly PhaseStatus[] = []): RolloutStatus => ({
  rollout: 'platform',
  environment: 'lab',
  bundle: 'b'.repeat(64),
  workflowId: 'rollout/lab/platform',
  run: 'run-1',
  startedBy: 'ada',
  state,
  failure: null,
  phases,
});

/** A CLI that keeps what it was told. */
export function recordingCli(
  more: Partial<Cli> = {},
): Cli & { readonly said: string[]; readonly documents: unknown[] } {
  const said: string[] = [];
  const documents: unknown[] = [];
  return {
    json: false,
    interactive: false,
    env: {},
    human: { isTTY: false, rows: 24, write: () => true },
    paint: plain,
    signal: new AbortController().signal,
    say: (...lines) => {
      said.push(...lines);
    },
    warn: (...lines) => {
      said.push(...lines);
    },
    print: (text) => {
      said.push(text);
    },
    document: (value) => {
      documents.push(value);
    },
    ...more,
    said,
    documents,
  };
}
