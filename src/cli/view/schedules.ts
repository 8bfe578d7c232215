import type { DrillSchedule } from '../../client.ts';
import { short } from '../../domain/gate.ts';
import type { Paint } from '../cli.ts';
import { columns } from './columns.ts';

const HEAD = ['schedule', 'when', 'next', 'last', 'ran', 'skipped', 'missed', 'bundle', ''];

/** A table of schedules; those that are paused stand out. */
export function scheduleLines(schedules: readonly DrillSchedule[], paint: Paint): string[] {
  const rows = schedules.map((one) => [
    one.id,
    one.when,
    one.paused ? 'paused' : (one.next ?? 'never'),
    one.last ?? 'never',
    String(one.taken),
    String(one.skipped),
    String(one.missed),
    short(one.bundle),
    one.running > 0 ? 'runs now' : one.note,
  ]);
  return columns([HEAD, ...rows]).map((line, at) => {
    if (at === 0) return paint('bold', line);
    return schedules[at - 1]?.paused === true ? paint('yellow', line) : line;
  });
}

/** When each of them fires next: what people compare with what they meant. */
export function upcomingLines(schedules: readonly DrillSchedule[]): string[] {
  return columns(
    schedules.map(({ mode, upcoming }) => [
      `  ${mode}`,
      ...(upcoming.length === 0 ? ['never'] : upcoming.map((time) => time.replace(/:00\.000Z$|\.000Z$/, ''))),
    ]),
  );
}
