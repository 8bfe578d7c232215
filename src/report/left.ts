import { commandLine } from '../domain/command-line.ts';
import { isAdvice } from '../domain/evidence.ts';
import { lapsing, SOON_MS } from '../domain/readiness/lapsing.ts';
import { renewalCommand } from '../domain/readiness/renewal.ts';
import { checkPath } from '../domain/readiness/scorecard.ts';
import { verdictLine } from '../domain/drill/verdict.ts';
import { decidersOf } from '../domain/gate.ts';
import { code, plain, table } from '../domain/markdown-text.ts';
import { stepPath } from '../domain/names.ts';
import { SATISFIED } from '../domain/status.ts';
import { auditWords } from './audit.ts';
import type { LeftReport, Report } from './report.ts';
import { count } from './words.ts';

type Facts = Omit<Report, 'verdict' | 'left'>;
/** Makes a command of a verb for the rollout, and of one for its directory. */
interface Commands {
  readonly of: (verb: string, step?: string) => string;
  readonly inDirectory: (verb: string) => string;
}

/**
 * What is left to do after a run, or while it goes on, each with the next command. What stops the run comes first, then what
 * does not hold, then what lapses soon.
 *
 * @param directory of the rollout, as commands are to name it.
 */
export function leftOf(facts: Facts, directory: string): readonly LeftReport[] {
  const { rollout, environment } = facts;
  const commands: Commands = {
    of: (verb, step) => commandLine(verb, { rollout, environment }, step),
    inDirectory: (verb) => commandLine(verb, { rollout: directory, environment }),
  };
  return [
    ...waiting(facts, commands),
    ...skippedByHand(facts, commands),
    ...unfinished(facts, commands),
    ...broken(facts, commands),
    ...unproven(facts, commands),
    ...audited(facts, commands),
    ...unready(facts),
  ];
}

/** Steps that a person must answer for. */
function waiting({ phases, failures }: Facts, { of }: Commands): readonly LeftReport[] {
  return phases.flatMap((phase) =>
    phase.steps.flatMap(({ name, state, gate }): readonly LeftReport[] => {
      const at = stepPath(phase.name, name);
      if (gate !== undefined) {
        const approve = `${of('approve', at)}${gate.waives === undefined ? '' : ' --comment WHY'}`;
        return [
          {
            ...{ kind: 'gate', what: at, why: `waits for approval: ${gate.reason}` },
            next: `To be decided by ${decidersOf(gate)}.`,
            commands: [approve, of('reject', at)],
          },
        ];
      }
      if (state !== 'parked') return [];
      const failure = failures.findLast(({ step }) => step === at)?.failure;
      return [
        {
          ...{ kind: 'parked', what: at, why: `is parked: ${failure?.message ?? 'why is not on record'}` },
          next: failure?.next ?? null,
          commands: [of('retry', at), of('abort', at)],
        },
      ];
    }),
  );
}

/** Steps that somebody went on without. */
function skippedByHand({ phases, commands }: Facts, { inDirectory }: Commands): readonly LeftReport[] {
  return phases.flatMap((phase) =>
    phase.steps
      .filter(({ state }) => state === 'skipped by hand')
      .map(({ name }): LeftReport => {
        const at = stepPath(phase.name, name);
        const skip = commands.findLast(
          ({ action, step, denial }) => action === 'skip' && step === at && denial === null,
        );
        return {
          ...{
            kind: 'skipped',
            what: at,
            why: `was skipped by ${skip === undefined ? 'somebody' : `${skip.by}: ${skip.comment}`}`,
          },
          next: 'Mend what it failed on, then start the rollout again: it carries the step out.',
          commands: [inDirectory('start')],
        };
      }),
  );
}

/** A run that came to no good end, or to none that is known. */
function unfinished({ state, phases, drill }: Facts, { of, inDirectory }: Commands): readonly LeftReport[] {
  if (drill !== null || state === 'done' || state === 'running' || state === 'blocked') return [];
  if (state === 'paused')
    return [
      {
        ...{ kind: 'run', what: 'the run', why: 'is paused' },
        next: 'Resume it: until then no step begins.',
        commands: [of('resume')],
      },
    ];
  const steps = phases.flatMap((phase) => phase.steps);
  const open = steps.filter((step) => !(SATISFIED as ReadonlySet<string>).has(step.state)).length;
  if (state === 'unknown')
    return [
      {
        ...{ kind: 'run', what: 'the run', why: 'has no end on record' },
        next: 'See how it stands, and what it waits for.',
        commands: [of('status')],
      },
    ];
  return [
    {
      ...{ kind: 'run', what: 'the run', why: `ended ${state}, with ${count(open, 'step')} not done` },
      next: 'Mend why, then start it again: what is done is found unchanged.',
      commands: [inDirectory('start')],
    },
  ];
}

/** Claims that do not hold, but for what audits found. */
function broken({ evidence }: Facts, { inDirectory }: Commands): readonly LeftReport[] {
  const open = evidence.filter((one) => !one.holds && (one.kind === 'told' || !isAdvice(one)));
  return [...Map.groupBy(open, ({ step }) => step)].map(([step, claims]) => ({
    kind: 'claim',
    what: step ?? 'the rollout',
    why: `does not hold: ${claims[0]?.subject ?? ''} ${claims[0]?.claim ?? ''}${claims.length > 1 ? `, and ${count(claims.length - 1, 'claim')} more` : ''}`,
    next: 'Mend it, then start the rollout again: it verifies every step.',
    commands: [inDirectory('start')],
  }));
}

/** Drills whose last verdict is that nothing is proven. */
function unproven({ drills, drillHistories = [] }: Facts, { of }: Commands): readonly LeftReport[] {
  const last = new Map(
    [...drills, ...drillHistories.flatMap((one) => one.drills)].map((one) => [stepPath(one.phase, one.step), one]),
  );
  return [...last].flatMap(([at, one]) =>
    one.verdict === 'proven'
      ? []
      : [
          {
            ...({ kind: 'drill', what: at, why: `ended ${verdictLine(one)}` } as const),
            next: one.failure?.next ?? 'Mend what speaks against the backup, make a new one, then drill it.',
            commands: [of('drill', at)],
          },
        ],
  );
}

/** Audits that found something, and exemptions that stand for nothing. */
function audited({ audits = [] }: Facts, { inDirectory }: Commands): readonly LeftReport[] {
  return audits.flatMap((audit): readonly LeftReport[] => {
    const idle = audit.exemptions.filter(
      ({ matched, optional, lapsed }) => lapsed || (matched === 0 && optional !== true),
    ).length;
    const open = audit.faults.some((fault) => fault.open > 0);
    if (!open && idle === 0) return [];
    const of = idle === 0 ? '' : `${count(idle, 'exemption')} lapsed or unused`;
    return [
      {
        ...{ kind: 'audit', what: audit.step ?? audit.of },
        why: `found ${[...(open ? [auditWords(audit)] : []), ...(of === '' ? [] : [of])].join('; ')}`,
        next: 'Mend each as the audit says, or exempt it with an owner, a reason and an end; then look again.',
        commands: [inDirectory('audit')],
      },
    ];
  });
}

/** Checks of the readiness that do not pass, then those that lapse soon. */
function unready({ readiness: card, rollout, environment }: Facts): readonly LeftReport[] {
  if (card === undefined) return [];
  const place = { rollout, environment };
  const open = card.areas.flatMap((area) =>
    area.checks
      .filter(({ result }) => result === 'fail' || result === 'stale' || result === 'unobserved')
      .map((check) => ({ path: checkPath(area.name, check.name), ...check })),
  );
  return [
    ...open
      .toSorted((a, b) => Number(b.must) - Number(a.must))
      .map(({ path, must, result, why, mend, renew }) => ({
        ...({ kind: 'readiness', what: path, why: `${result}${must ? ', and must pass' : ''}: ${why}` } as const),
        next: mend,
        commands: renew === null ? [] : [renewalCommand(renew, place)],
      })),
    ...lapsing(card, SOON_MS).map(({ renew, first, checks }) => ({
      ...({ kind: 'lapsing', what: checks.join(', '), why: `lapses at ${first}` } as const),
      next: null,
      commands: renew === null ? [] : [renewalCommand(renew, place)],
    })),
  ];
}

/** What is left as Markdown; nothing where nothing is. */
export function leftSection(left: readonly LeftReport[]): readonly string[] {
  if (left.length === 0) return [];
  const rows = left.map(({ what, why, next, commands }) => [
    plain(what),
    plain(why),
    plain(next ?? ''),
    commands.map(code).join('<br>'),
  ]);
  return ['## What is left', '', ...table(['what', 'why', 'next', 'command'], rows)];
}
