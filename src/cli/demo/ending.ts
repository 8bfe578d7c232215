import { relative } from 'node:path';
import type { RolloutRef, StartedRollout } from '../../client.ts';
import type { RolloutStatus } from '../../domain/status.ts';
import { installed } from '../../installation.ts';
import { labDirectory } from '../../lab/index.ts';
import type { Cli } from '../cli.ts';
import type { Ended } from '../follow/watch-rollout.ts';
import { columns } from '../../domain/columns.ts';
import { commandLine } from '../../domain/command-line.ts';
import type { WrittenReport } from './report.ts';

/** What a demo was about. */
export interface DemoPlace {
  /** The rollout directory. */
  readonly directory: string;
  /** The lab directory. */
  readonly lab: string;
}

/** Tells how a demo ended, where its report is, and what can be tried now. */
export function tellEnd(
  cli: Cli,
  started: StartedRollout,
  ended: Ended,
  report: WrittenReport,
  { directory, lab }: DemoPlace,
): void {
  cli.say(
    '',
    ...(ended.unchanged ? [`Nothing to change: ${unchangedCount(ended.status)} unchanged.`, ''] : []),
    ...report.summary,
    '',
    ...columns([
      ['Report:', report.html],
      ['', report.markdown],
      ['', report.json],
      ...(started.webUi === null ? [] : [['Web UI:', started.webUi]]),
    ]),
    '',
    `What to try next (\`windlass\` is ${launcher()}):`,
    ...columns([
      ...labRows(lab),
      [`  windlass demo ${directory}`, 'once more: nothing is left to change'],
      ['  windlass lab reset', 'start from nothing: run the demo after it and, meanwhile,'],
      ['  kill -9 PID', 'its worker or a server (`windlass lab status`; then `windlass lab up`)'],
      ['  windlass worker', 'a worker of your own, for `windlass start` and `windlass watch`'],
      [`  ${commandLine('report', started)}`, 'the report again, from the record'],
      ['  windlass lab down', 'stop the servers; their data is kept'],
    ]),
  );
}

/** Says what goes on after Ctrl-C, and how to come back to it or end it. */
export function tellInterrupted(cli: Cli, ref: RolloutRef, workerPid: number, { directory, lab }: DemoPlace): void {
  cli.say(
    '',
    'The demo ends here; the rollout, its worker and the lab go on.',
    ...columns([
      ...labRows(lab),
      [`  windlass demo ${directory}`, 'joins the rollout again'],
      [`  ${commandLine('watch', ref)}`, 'only watches it'],
      [`  ${commandLine('cancel', ref)}`, 'ends it'],
      [`  kill ${workerPid}`, 'stops the worker'],
      ['  windlass lab down', 'stops the servers'],
    ]),
  );
}

/** Commands find the default lab by themselves; another one must be named. */
function labRows(lab: string): string[][] {
  return lab === labDirectory()
    ? []
    : [[`  export WINDLASS_LAB_DIR=${lab}`, 'first, since this is not the default lab']];
}

/** Where the command is, as it can be typed from here. */
function launcher(): string {
  const path = installed('bin/windlass');
  const fromHere = relative(process.cwd(), path);
  return fromHere.startsWith('..') ? path : fromHere;
}

/** How many things were found as they should be. */
function unchangedCount(status: RolloutStatus | null): number {
  const steps = status?.phases.flatMap((phase) => phase.steps) ?? [];
  return steps.reduce((sum, step) => sum + (step.plan?.counts.unchanged ?? 0), 0);
}
