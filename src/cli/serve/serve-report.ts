import { createHash } from 'node:crypto';
import type { RolloutRef } from '../../client.ts';
import { readConfig } from '../../config.ts';
import { renderPage, type Report } from '../../report/index.ts';
import type { Cli } from '../cli.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { tellDamage } from '../recorded.ts';
import { reported } from '../reported.ts';
import { wrongUsage } from '../run.ts';
import { LiveStatus } from './live-status.ts';
import { servePage, type ServedPage } from './page-server.ts';

interface Served {
  readonly run?: string | undefined;
  readonly directory?: string;
  readonly port: number;
}

/** A picture of what goes on moves on at least this often, in milliseconds. */
const MOVES_MS = 30_000;

/**
 * Serves the report of a rollout on loopback until Ctrl-C, made anew whenever somebody looks.
 *
 * @throws WindlassFailure as `reported` does where nothing can be shown to begin with; `WrongUsage` for a port that is taken.
 */
export async function serveReport(cli: Cli, ref: RolloutRef, { port, ...asked }: Served): Promise<ExitCode> {
  const config = readConfig(cli.env);
  const status = new LiveStatus(config, ref);
  let last: ServedPage | null = null;
  const make = async (): Promise<Report> => {
    const { report, damaged, doubts } = await reported(config, ref, { ...asked, live: () => status.now() });
    if (last === null) {
      tellDamage(cli, damaged);
      cli.warn(...doubts);
    }
    return report;
  };
  let making: Promise<ServedPage> | null = null;
  const remake = async (): Promise<ServedPage> => {
    const report = await make();
    const version = versionOf(report);
    last = last?.version === version ? last : { version, text: renderPage(report, { version }) };
    return last;
  };
  // Of several who look at once, one has it made.
  const current = (): Promise<ServedPage> =>
    (making ??= remake().finally(() => {
      making = null;
    }));
  try {
    await current();
    const server = await servePage(current, port).catch(taken(port));
    try {
      cli.say(`Live at ${server.address}`, 'Only this machine reaches it, and only by this address. Ctrl-C ends it.');
      await aborted(cli.signal);
    } finally {
      await server.close();
    }
  } finally {
    await status.close();
  }
  return EXIT.ok;
}

/** Without the moments at which it was looked at: they move, and say nothing. */
function versionOf({ asOf, durationMs, readiness, ...report }: Report): string {
  const moved = asOf === undefined ? durationMs : Math.floor(Date.parse(asOf) / MOVES_MS);
  const card = readiness === undefined ? null : { ...readiness, at: '' };
  return createHash('sha256')
    .update(JSON.stringify([report, moved, card]))
    .digest('hex');
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => {
      resolve();
    });
  });
}

function taken(port: number): (error: unknown) => never {
  return (error) => {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error;
    throw wrongUsage(
      code === 'EACCES' ? 'The port may not be listened on.' : 'The port is taken.',
      'Name another one, or none: then any free one is taken.',
      String(port),
    );
  };
}
