import type { styleText } from 'node:util';
import { visible, visibleJson } from '../domain/visible.ts';
import { cliSettings } from './settings.ts';
import { paintFor, terminalLine } from './terminal.ts';

type Format = Parameters<typeof styleText>[0];

/** Wraps a text in terminal colours, or leaves it as it is. */
export type Paint = (format: Format, text: string) => string;

/** What a verb talks to: the settings it was given and the person or program that reads it. */
export interface Cli {
  /** One JSON document on stdout is wanted; everything for people goes to stderr then. */
  readonly json: boolean;
  /** A person reads the answer and can be asked. */
  readonly interactive: boolean;
  readonly env: NodeJS.ProcessEnv;
  /** Where text for people goes. */
  readonly human: Pick<NodeJS.WriteStream, 'isTTY' | 'rows' | 'write'> & { readonly columns?: number };
  readonly paint: Paint;
  /** Aborts on Ctrl-C. A verb that never reads it is ended by the first Ctrl-C. */
  readonly signal: AbortSignal;
  /** Lines for people. */
  readonly say: (...lines: readonly string[]) => void;
  /** Lines for people that are no part of the answer: it may go into a file. */
  readonly warn: (...lines: readonly string[]) => void;
  /** A text that is itself the answer, such as a report, whole lines of its own. */
  readonly print: (text: string) => void;
  /** The one JSON document; nothing without `--json`. */
  readonly document: (value: unknown) => void;
}

/** Thrown by what hears `Cli.signal`, after Ctrl-C. */
export class Interruption extends Error {
  override readonly name = 'Interruption';
}

/**
 * The CLI of this process. Whatever it is told to write may hold what others wrote (reasons, comments, errors of servers):
 * all of it goes through `terminalLine` or `visible`, here and nowhere else.
 */
export function processCli(json: boolean): Cli {
  const human = json ? process.stderr : process.stdout;
  let interrupted: AbortController | null = null;
  let env: NodeJS.ProcessEnv | null = null;
  return {
    json,
    interactive: !json && process.stdin.isTTY && process.stdout.isTTY,
    get env() {
      return (env ??= cliSettings(process.env));
    },
    human,
    paint: paintFor(human),
    get signal() {
      interrupted ??= abortOnInterrupt();
      return interrupted.signal;
    },
    say: (...lines) => {
      for (const line of lines) human.write(`${terminalLine(line)}\n`);
    },
    warn: (...lines) => {
      for (const line of lines) process.stderr.write(`warning: ${terminalLine(line)}\n`);
    },
    print: (text) => {
      process.stdout.write(visible(text));
    },
    document: (value) => {
      if (json) process.stdout.write(`${visibleJson(JSON.stringify(value, null, 2))}\n`);
    },
  };
}

/** The first Ctrl-C aborts; the second one ends the process as if nobody listened. */
function abortOnInterrupt(): AbortController {
  const controller = new AbortController();
  process.once('SIGINT', () => {
    controller.abort(new Interruption('interrupted'));
  });
  return controller;
}
