import { countsLine, STAND_IN } from '../domain/change.ts';
import { failureLine } from '../domain/failure.ts';
import { decidersOf, decisionOver, short, type Decision, type OpenGate } from '../domain/gate.ts';
import { measuredText, progressText } from '../domain/measured.ts';
import { stepPath } from '../domain/names.ts';
import { visible } from '../domain/visible.ts';
import type { PhaseStatus, RolloutStatus, StepState, StepStatus } from '../domain/status.ts';

/** States that somebody should look at: they stand out. */
const LOUD: ReadonlySet<StepState> = new Set(['gate', 'parked', 'cancelled', 'aborted']);

/** The progress page of a rollout: what the Web UI shows as the workflow's current details. */
export function rolloutDetails(status: RolloutStatus): string {
  const rows = status.phases.flatMap(phaseRows);
  return visible(
    [
      `## ${status.rollout} → ${status.environment}: ${status.state}`,
      '',
      `Bundle \`${short(status.bundle)}\`, started by ${status.startedBy}.`,
      '',
      ...(status.failure === null ? [] : [failureLine(status.failure), '']),
      ...(status.dropped === undefined
        ? []
        : [`Dropped ${status.dropped} messages of no form that a rollout takes, or too many at once.`, '']),
      ...(status.forged === undefined
        ? []
        : [
            `**${status.forged} messages came in the name of phases that did not send them.** They are not believed.`,
            '',
          ]),
      ...(status.unrecorded === undefined ? [] : [`Denied ${status.unrecorded} more messages than are on record.`, '']),
      ...blocks(status.phases, status),
      '| phase | step | kind | state | changes |',
      '| --- | --- | --- | --- | --- |',
      ...rows,
      ...measureRows(status),
    ].join('\n'),
  );
}

/** The progress page of one phase. */
export function phaseDetails(phase: PhaseStatus): string {
  return visible(
    [
      `## ${phase.name}: ${phase.state}`,
      '',
      '| phase | step | kind | state | changes |',
      '| --- | --- | --- | --- | --- |',
      ...phase.steps.map((step) => row(phase.name, step)),
    ].join('\n'),
  );
}

/** Before and after, a line each, in a code block. */
function measureRows({ measures = [] }: RolloutStatus): string[] {
  if (measures.length === 0) return [];
  const lines = measures.map((one) => {
    const after = one.after === null ? '' : ` → ${measuredText(one.after, one.unit)}`;
    const progress = progressText(one);
    return `${one.title}: ${measuredText(one.before, one.unit)}${after}${progress === '' ? '' : ` (${progress})`}`;
  });
  return [
    '',
    '### Measures',
    '',
    '```',
    ...lines.map((line) => line.replace(/\s+/g, ' ').replaceAll('```', "'''")),
    '```',
  ];
}

/** What the rollout waits on, in a few words; empty when nothing blocks. */
export function blockedOn(phases: readonly PhaseStatus[]): string {
  return phases
    .flatMap((phase) =>
      phase.steps
        .filter((step) => step.state === 'gate' || step.state === 'parked')
        .map((step) => `${step.state} ${stepPath(phase.name, step.name)}`),
    )
    .join(', ');
}

/** A phase tells its rollout what is decided upon and nothing else: what it does now stands on its own page. */
function phaseRows(phase: PhaseStatus): string[] {
  const isApart = phase.run !== undefined && (phase.state === 'running' || phase.state === 'blocked');
  const shown = isApart ? phase.steps.filter(({ state }) => LOUD.has(state)) : phase.steps;
  const others = phase.steps.length - shown.length;
  const rest = `| ${phase.name} | ${shown.length === 0 ? 'all' : 'the others'}: see the page of the phase | | ${phase.state} | |`;
  return [...shown.map((step) => row(phase.name, step)), ...(others === 0 ? [] : [rest])];
}

function row(phase: string, step: StepStatus): string {
  const standIns = step.plan?.standIns === undefined ? '' : `, on a **${STAND_IN}**`;
  const changes = step.plan ? `${countsLine(step.plan.counts)}${standIns}` : '';
  return `| ${phase} | ${step.name} | ${step.kind} | ${LOUD.has(step.state) ? `**${step.state}**` : step.state} | ${changes} |`;
}

function blocks(phases: readonly PhaseStatus[], status: RolloutStatus): string[] {
  const steps = phases.flatMap((phase) => phase.steps.map((step) => ({ phase: phase.name, step })));
  const lines = steps.flatMap(({ phase, step }) => {
    const at = stepPath(phase, step.name);
    const where = `${status.rollout} ${at} --environment ${status.environment}`;
    if (step.gate) return gateBlock(at, step.gate, where, status);
    if (step.state === 'parked' && step.failure)
      return [
        `### Parked: ${at}`,
        '',
        failureLine(step.failure),
        '',
        '```sh',
        `windlass retry ${where}`,
        `windlass abort ${where}`,
        '```',
        '',
      ];
    return [];
  });
  return lines;
}

function signalTemplate(gate: OpenGate, status: RolloutStatus): Decision {
  const comment = gate.waives === undefined ? '' : 'WHY';
  return { ...decisionOver(status, gate, { verdict: 'approve', by: 'YOU', comment }), signature: '' };
}

function gateBlock(at: string, gate: OpenGate, where: string, status: RolloutStatus): string[] {
  const expires = gate.expiresAt === null ? '' : `, until ${gate.expiresAt}`;
  return [
    `### Open gate: ${at}`,
    '',
    gate.reason,
    '',
    ...(gate.waives === undefined
      ? []
      : [`**Approving waives: ${gate.waives}.** It needs a comment that says why.`, '']),
    `Changes \`${short(gate.changeDigest)}\`, to be decided by ${decidersOf(gate)}${expires}:`,
    '',
    '```',
    ...(gate.plan
      ? gate.plan.lines.map((line) => line.replaceAll('```', "'''"))
      : ['(a bare approval: nothing is changed by this step)']),
    ...(gate.plan && gate.plan.more > 0 ? [`and ${gate.plan.more} more`] : []),
    '```',
    '',
    '```sh',
    `windlass approve ${where}${gate.waives === undefined ? '' : ' --comment WHY'}`,
    `windlass reject ${where}`,
    '```',
    '',
    'Or send the signal `decide` with your name; where this environment asks for your signature, with what',
    `\`windlass approve ${where} --as YOU --key FILE --print\` prints:`,
    '',
    '```json',
    JSON.stringify(signalTemplate(gate, status)),
    '```',
    '',
  ];
}
