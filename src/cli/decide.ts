import { Option, type Command } from 'commander';
import {
  decisionBy,
  notAtHand,
  recordedGate,
  type MessageOptions,
  type OpenGate,
  type RolloutRef,
  type RolloutStatus,
  type WindlassClient,
} from '../client.ts';
import { WindlassFailure } from '../domain/failure.ts';
import { addressOfDecision, DECIDED, signedText, type Decision } from '../domain/gate.ts';
import { stepPath } from '../domain/names.ts';
import { actorOf } from './actor.ts';
import { confirm } from './ask.ts';
import { choose } from './choose.ts';
import type { Cli } from './cli.ts';
import { withClient } from './connect.ts';
import { EXIT } from './exit.ts';
import { messageVerb, type MessageVerbOptions } from './operate.ts';
import { rolloutRef } from './rollout-ref.ts';
import { run, wrongUsage } from './run.ts';
import { commandLine } from '../domain/command-line.ts';
import { gateLines } from './view/gate.ts';

/** What can be printed of a decision, to be sent or signed elsewhere. */
const PRINTED = ['document', 'text'] as const;

interface Options extends MessageVerbOptions {
  readonly print?: (typeof PRINTED)[number] | true;
  readonly yes?: boolean;
  readonly asShown?: boolean;
}

/** A verb that decides an open gate over the changes that it shows. */
function decisionVerb(verdict: Decision['verdict'], summary: string): Command {
  return messageVerb(verdict, summary)
    .argument('[phase/step...]', 'the gates; may be left out when only one is open')
    .addOption(
      new Option(
        '--print [what]',
        'send nothing: print the document for the signal `decide`, or the text that another tool is to sign',
      )
        .choices(PRINTED)
        .preset('document'),
    )
    .option('--as-shown', 'sign what the status says of the gate where the record is not at hand')
    .action((rollout: string, asked: readonly string[], options: Options) =>
      // What is printed may go into a file: all else is for people, on standard error.
      run({ json: options.json === true || options.print !== undefined }, async (cli) => {
        const ref = await rolloutRef(rollout, options.environment);
        const actor = await actorOf(options);
        return withClient(cli, async (client) => {
          const { comment = '', signal, print, asShown = false } = options;
          const signs = actor.sign !== undefined || print === 'text';
          if (print !== undefined && asked.length > 1)
            throw wrongUsage('One decision is printed at a time.', 'Name one gate.', '--print');
          const decided: Decided[] = [];
          let left = false;
          // One after another, each over what it shows now: a decision may open or change the gates behind it.
          for (const one of asked.length === 0 ? [undefined] : new Set(asked)) {
            const shown = await showGate(cli, client, ref, one, signs && !asShown);
            if (print !== undefined) {
              const decision = decisionBy(ref, verdict, shown, { ...actor, comment });
              // Byte for byte: another tool signs it.
              if (print === 'text') process.stdout.write(signedText(addressOfDecision(ref), decision));
              else cli.document(decision);
              return EXIT.ok;
            }
            if (verdict === 'approve' && options.yes !== true && !(await asksYes(cli, shown.gate))) {
              cli.say('Nothing was decided; the gate stays open.');
              left = true;
              continue;
            }
            const through = signal ? 'signal' : 'update';
            decided.push(await decide(cli, client, ref, verdict, shown, { ...actor, comment, through, asShown: true }));
          }
          cli.document(asked.length > 1 ? { ...ref, decisions: decided } : decided[0]);
          return left ? EXIT.failed : EXIT.ok;
        });
      }),
    );
}

/** What was decided, as `--json` tells it; `accepted` is null where nobody waited for the answer. */
interface Decided extends RolloutRef {
  readonly verdict: Decision['verdict'];
  readonly phase: string;
  readonly step: string;
  readonly changeDigest: string;
  readonly sent: 'update' | 'signal';
  readonly accepted: boolean | null;
  /** Who must approve besides, in words; absent where nobody must. */
  readonly lacks?: string;
}

interface Shown {
  readonly status: RolloutStatus;
  readonly gate: OpenGate;
}

/**
 * Finds the gate that is meant and shows all that is decided, as it is on record.
 *
 * @throws WindlassFailure `DecisionDenied` when none is open, or it is not on record and must be.
 */
async function showGate(
  cli: Cli,
  client: WindlassClient,
  ref: RolloutRef,
  asked: string | undefined,
  mustBeRecorded: boolean,
): Promise<Shown> {
  const { status, gates } = await client.gates(ref);
  const told = choose(gates, asked, {
    one: 'open gate',
    many: 'open gates',
    none: `Nothing waits for a decision now. See how it stands: ${commandLine('status', ref)}`,
    type: 'DecisionDenied',
  });
  const { gate, changes, by } = await recordedGate(client.config, status, told);
  cli.say(...gateLines(gate, cli.paint, changes, cli.human.columns));
  if (by === 'status' && mustBeRecorded) throw notAtHand(gate);
  return { status, gate };
}

async function asksYes(cli: Cli, gate: OpenGate): Promise<boolean> {
  if (!cli.interactive)
    throw wrongUsage('Nobody can be asked: this is not a terminal.', 'Read the changes, then add --yes.', '--yes');
  return confirm(cli, `Approve ${stepPath(gate.phase, gate.step)}?`);
}

/** Sends a decision over what was shown, and tells the answer. @throws WindlassFailure `DecisionDenied` */
export async function decide(
  cli: Pick<Cli, 'say'>,
  client: Pick<WindlassClient, 'decide'>,
  ref: RolloutRef,
  verdict: Decision['verdict'],
  shown: Shown,
  options: MessageOptions,
): Promise<Decided> {
  const at = stepPath(shown.gate.phase, shown.gate.step);
  const answer = await client.decide(ref, verdict, shown, options);
  if (answer?.accepted === false)
    throw new WindlassFailure('DecisionDenied', `The decision was denied: ${answer.reason}.`, {
      object: at,
      next: `See what the gate waits on, and for whom: ${commandLine('status', ref)}; --as decides as another identity.`,
    });
  const lacks = answer?.lacks;
  cli.say(
    answer === null
      ? `Sent: ${verdict} ${at}. The answer will be in the record.`
      : `${capital(DECIDED[verdict])}: ${at}.${lacks === undefined ? '' : ` The gate waits for ${lacks}.`}`,
  );
  return {
    ...ref,
    verdict,
    phase: shown.gate.phase,
    step: shown.gate.step,
    changeDigest: shown.gate.changeDigest,
    sent: options.through ?? 'update',
    accepted: answer?.accepted ?? null,
    ...(lacks === undefined ? {} : { lacks }),
  };
}

export function approveCommand(): Command {
  return decisionVerb('approve', 'approve the changes that an open gate waits on').option(
    '-y, --yes',
    'do not ask: what the gate shows now is approved',
  );
}

export function rejectCommand(): Command {
  return decisionVerb('reject', 'reject the changes that an open gate waits on; the step parks');
}

export function withdrawCommand(): Command {
  return decisionVerb('withdraw', 'take back your approval of a gate that waits for others');
}

function capital(word: string): string {
  return `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`;
}
