import { failureLine } from '../domain/failure.ts';
import { decidersOf, decisionOver, short, type Decision, type OpenGate } from '../domain/gate.ts';
import { code, fenced, plain } from '../domain/markdown-text.ts';
import { stepPath } from '../domain/names.ts';
import type { PhaseStatus, RolloutStatus, StepStatus } from '../domain/status.ts';
import { visibleJson } from '../domain/visible.ts';
import { clipped, wrapped } from '../domain/wrap.ts';
import { WIDTH } from './details-table.ts';

/** A step that waits for a person. */
export interface Waiting {
  readonly phase: string;
  readonly step: StepStatus;
}

/** What people wrote may be of any length; the record and the command line have all of it. */
const LONGEST_TEXT = 600;

/** The steps that wait for a person, in the order of the rollout. */
export function waits(phases: readonly PhaseStatus[]): Waiting[] {
  return phases.flatMap((phase) =>
    phase.steps
      .filter(({ gate, state, failure }) => gate !== null || (state === 'parked' && failure !== null))
      .map((step) => ({ phase: phase.name, step })),
  );
}

/** What a step waits on, and the commands that go on from there. */
export function waitingBlock({ phase, step }: Waiting, status: RolloutStatus): string[] {
  const at = stepPath(phase, step.name);
  if (step.gate !== null) return gateBlock(at, step.gate, status);
  if (step.failure === null) return [];
  return [
    `### Parked: ${at}`,
    '',
    plain(clipped(failureLine(step.failure), LONGEST_TEXT)),
    '',
    ...commands(status, ['retry', 'abort'], at),
  ];
}

function gateBlock(at: string, gate: OpenGate, status: RolloutStatus): string[] {
  const { waives, plan, expiresAt } = gate;
  const expires = expiresAt === null ? '' : `, until ${minute(expiresAt)}`;
  const changes = plan === null ? ['(a bare approval: nothing is changed by this step)'] : plan.lines;
  return [
    `### Open gate: ${at}`,
    '',
    plain(clipped(gate.reason, LONGEST_TEXT)),
    '',
    ...(waives === undefined
      ? []
      : [`**Approving waives: ${plain(clipped(waives, LONGEST_TEXT))}.** It needs a comment that says why.`, '']),
    `Changes ${code(short(gate.changeDigest))}, to be decided by ${plain(clipped(decidersOf(gate), LONGEST_TEXT))}${expires}:`,
    '',
    '```',
    ...fenced(changes).flatMap((line) => wrapped(clipped(line, LONGEST_TEXT), WIDTH)),
    ...(plan !== null && plan.more > 0 ? [`and ${String(plan.more)} more`] : []),
    '```',
    '',
    ...commands(status, ['approve', 'reject'], at, waives === undefined ? '' : ' --comment WHY'),
    `Or send the signal ${code('decide')} with this document and your name in it; where the environment asks for your signature, with what ${code('approve --as YOU --key FILE --print')} prints.`,
    '',
    // Not in a block, whose lines do not wrap: in a paragraph it is wrapped, and still copied as one line.
    copied(signalTemplate(gate, status)),
    '',
  ];
}

function commands({ rollout, environment }: RolloutStatus, verbs: readonly string[], at: string, first = ''): string[] {
  const lines = verbs.flatMap((verb, index) => {
    const [what, where] = [
      `windlass ${verb} ${rollout} ${at}`,
      `--environment ${environment}${index === 0 ? first : ''}`,
    ];
    return what.length + 1 + where.length <= WIDTH ? [`${what} ${where}`] : [`${what} \\`, `  ${where}`];
  });
  return ['```sh', ...lines, '```', ''];
}

function signalTemplate(gate: OpenGate, status: RolloutStatus): Decision {
  const comment = gate.waives === undefined ? '' : 'WHY';
  return { ...decisionOver(status, gate, { verdict: 'approve', by: 'YOU', comment }), signature: '' };
}

/** A JSON document of one line as code, with a blank after each field, where it may be broken; equal to it when copied. */
function copied(document: object): string {
  const line = JSON.stringify(document, null, 1).replaceAll(/\n */g, ' ');
  // Blanks side by side would be copied as one.
  const json = visibleJson(line).replaceAll('  ', ' \\u0020');
  const longest = Math.max(0, ...(json.match(/`+/g) ?? []).map(({ length }) => length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${json}${fence}`;
}

/** A time as people read it: `2026-11-29 16:02 UTC`. */
function minute(time: string): string {
  return `${time.slice(0, 16).replace('T', ' ')} UTC`;
}
