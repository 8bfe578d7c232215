import { formatDuration } from '../../domain/duration.ts';
import type { RolloutStatus } from '../../domain/status.ts';
import type { Cli } from '../cli.ts';
import type { GateDisplay } from '../view/blocks.ts';
import { changedLines } from '../view/changed.ts';
import { LiveArea } from '../view/live-area.ts';
import { fittingLines, SCREEN, statusLines } from '../view/status.ts';
import type { Sighting } from './follow.ts';

/** Shows what is seen of a rollout. */
export interface FollowView {
  show(seen: Sighting): void;
  /** Steps aside for a question or other text; the next sighting is drawn below it. */
  pause(): void;
}

/**
 * A table drawn in place for a person at a terminal, else a line for each change.
 *
 * @param gates how open gates are shown: with the command that approves them, or only in the table, where whoever follows
 * asks about them.
 */
export function followView(cli: Cli, gates: GateDisplay = 'commands'): FollowView {
  return cli.human.isTTY ? liveView(cli, gates) : lineView(cli);
}

function liveView(cli: Cli, gates: GateDisplay): FollowView {
  const area = new LiveArea(cli.human);
  let last: RolloutStatus | null = null;
  return {
    show(seen) {
      const now = Date.now();
      const { rows, columns: width } = cli.human;
      if (seen.kind === 'ended') {
        // Not drawn over any more: it may scroll.
        area.clear();
        if (seen.status !== null) cli.say(...statusLines(seen.status, now, cli.paint, gates, { ...SCREEN, width }));
        return;
      }
      const lost = seen.kind === 'lost' ? ['', cli.paint('yellow', lostLine(seen, now))] : [];
      const status = seen.kind === 'lost' ? last : seen.status;
      const room = { rows: Math.max(1, (rows || 24) - 1 - lost.length), width };
      area.draw([...(status === null ? [] : fittingLines(status, now, cli.paint, gates, room)), ...lost]);
      last = status;
    },
    pause: () => {
      area.keep();
    },
  };
}

function lineView(cli: Cli): FollowView {
  let last: RolloutStatus | null = null;
  let lost = false;
  return {
    show(seen) {
      if (seen.kind === 'lost') {
        if (!lost) cli.say(lostLine(seen, Date.now()));
        lost = true;
        return;
      }
      if (lost) cli.say('It answers again.');
      lost = false;
      if (seen.status === null) return;
      cli.say(...changedLines(last, seen.status, Date.now()));
      last = seen.status;
    },
    pause: () => undefined,
  };
}

function lostLine(seen: Extract<Sighting, { kind: 'lost' }>, now: number): string {
  const since = now - seen.since < 1_000 ? '' : ` for ${formatDuration(now - seen.since)}`;
  return `No answer${since}: ${seen.failure.message} The rollout is kept by Temporal; still trying.`;
}
