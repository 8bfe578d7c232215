import type { Row } from '../harness.ts';

/** A row with its numbers rounded to three digits after the point for seconds, to whole ones otherwise. */
export function row(
  name: string,
  unit: Row['unit'],
  ours: number,
  rivals: Row['rivals'] = {},
  limit: number | null = null,
): Row {
  const rounded = (value: number) => Number(value.toFixed(unit === 's' ? 3 : 0));
  return {
    name,
    unit,
    ours: rounded(ours),
    rivals: Object.fromEntries(Object.entries(rivals).map(([rival, value]) => [rival, rounded(value)])),
    limit: limit === null ? null : rounded(limit),
  };
}
