import type { WindlassSchedule } from '../../client.ts';
import { short } from '../../domain/gate.ts';
import type { Paint } from '../cli.ts';
import { columns } from '../../domain/columns.ts';

const HEAD = ['schedule', 'when', 'until', 'next', 'last', 'ran', 'skipped', 'missed', 'bundle', ''];

/** How long before its end a schedule is warned of. */
const WARNED_MS = 14 * 86_400_000;

/** A table of schedules; those that are paused stand out. */
export function scheduleLines(schedules: readonly WindlassSchedule[], paint: Paint): string[] {
  const rows = schedules.map((one) => [
    one.id,
    one.when,
    one.warrant?.until.slice(0, 10) ?? '',
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
export function upcomingLines(schedules: readonly WindlassSchedule[]): string[] {
  return columns(
    schedules.map(({ mode, upcoming }) => [
      `  ${mode}`,
      ...(upcoming.length === 0 ? ['never'] : upcoming.map((time) => time.replace(/:00\.000Z$|\.000Z$/, ''))),
    ]),
  );
}

/** Schedules that fire to no effect, or soon will. */
export function endingLines(schedules: readonly WindlassSchedule[], now: number): string[] {
  const again = 'make it again with `windlass schedule create`';
  return schedules.flatMap(({ id, warrant, signed }) => {
    if (warrant === null)
      return signed ? [`${id} was signed for ever, as schedules once were, and is refused: ${again}.`] : [];
    const left = Date.parse(warrant.until) - now;
    if (left > WARNED_MS) return [];
    return left <= 0
      ? [`${id} held until ${warrant.until}, and its firings are refused: ${again}.`]
      : [`${id} holds for ${String(Math.ceil(left / 86_400_000))} more day(s), until ${warrant.until}: ${again}.`];
  });
}
