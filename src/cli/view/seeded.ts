import type { Seeded } from '../../lab/index.ts';
import { columns } from '../../domain/columns.ts';

/** What seeding a lab came to, and how its pods stand since. */
export function seededLines({ before, lab, made, leftAlone, edited, databases, buckets, pods }: Seeded): string[] {
  if (before) return [`The lab in ${lab} was seeded with this before; nothing was changed.`];
  const objects = Object.values(made).reduce((sum, count) => sum + count, 0);
  const kinds = Object.entries(made).map(([kind, count]) => `${String(count)} ${kind}`);
  return [
    `Made ${counted(objects, 'object')}, edited ${String(edited)}; ${String(leftAlone)} ${leftAlone === 1 ? 'was' : 'were'} there already and ${leftAlone === 1 ? 'is' : 'are'} left alone.`,
    ...(kinds.length === 0 ? [] : [`  ${kinds.join(', ')}`]),
    ...(databases.length === 0 ? [] : [`Databases: ${databases.join(', ')}`]),
    ...(buckets.length === 0 ? [] : [`Buckets: ${buckets.join(', ')}`]),
    ...(pods === null ? [] : podLines(pods)),
  ];
}

function podLines({ ready, done, failing, settled }: NonNullable<Seeded['pods']>): string[] {
  const bad = failing.reduce((sum, { pods }) => sum + pods, 0);
  return [
    `Pods, which are simulated: ${String(ready)} ready, ${String(bad)} failing${done === 0 ? '' : `, ${String(done)} done`}${settled ? '' : ' (not all have shown yet what becomes of them)'}.`,
    ...columns(failing.map(({ reason, pods }) => [`  ${reason}`, String(pods)])),
  ];
}

function counted(count: number, what: string): string {
  return `${String(count)} ${what}${count === 1 ? '' : 's'}`;
}
