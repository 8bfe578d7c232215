const UNITS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const PIECE = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h|d)/g;

/**
 * Milliseconds of a duration as Go writes it (`1h30m`, `1.5h`); null when it is none.
 *
 * @param days whether `1d` is one too.
 */
export function goDurationMs(text: string, days = false): number | null {
  const [, sign = '', size = ''] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  if (size === '0') return 0;
  if (size === '' || size.replaceAll(PIECE, '') !== '' || (!days && size.includes('d'))) return null;
  const ms = [...size.matchAll(PIECE)].reduce(
    (sum, [, value, unit]) => sum + Number(value) * (UNITS[unit ?? ''] ?? 0),
    0,
  );
  return sign === '-' ? -ms : ms;
}
