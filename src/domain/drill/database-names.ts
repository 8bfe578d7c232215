/**
 * The file of a database's dump, beside the backup. No two databases have one file: whatever else is in a name is
 * written as `.` and two hex digits, and so is `-`, which ends the name of the target.
 */
export function dumpFile(target: string, database: string): string {
  return `windlass-${target}-${encoded(database, /^[a-z0-9_$]$/i)}.dump`;
}

/**
 * The name of a database without what keys may not hold: each byte of that as `.` and two hex digits. `$` is `.` alone, as
 * in the records of drills that there are.
 */
export function plainName(database: string): string {
  return encoded(database, /^[a-z0-9_-]$/i, { $: '.' });
}

function encoded(name: string, kept: RegExp, others: Readonly<Record<string, string>> = {}): string {
  return [...new TextEncoder().encode(name)]
    .map((byte) => {
      const letter = String.fromCharCode(byte);
      return kept.test(letter) ? letter : (others[letter] ?? `.${byte.toString(16).padStart(2, '0')}`);
    })
    .join('');
}
