/** The file of a database's dump, beside the backup. */
export function dumpFile(target: string, database: string): string {
  return `windlass-${target}-${plainName(database)}.dump`;
}

/**
 * The name of a database without what keys and files may not hold: each byte of that as `.` and two hex digits. `$` is `.`
 * alone, as in the records of drills that there are.
 */
export function plainName(database: string): string {
  return [...new TextEncoder().encode(database)]
    .map((byte) => {
      const letter = String.fromCharCode(byte);
      if (/^[a-z0-9_-]$/i.test(letter)) return letter;
      return letter === '$' ? '.' : `.${byte.toString(16).padStart(2, '0')}`;
    })
    .join('');
}
