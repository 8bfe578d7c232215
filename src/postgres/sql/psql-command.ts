/**
 * Commands of psql that change nothing on the server: the key between which pg_dump puts a dump, so that nothing among its
 * rows passes for a command; that an error ends the file, as it does here anyway; and what only the screen shows.
 */
const HARMLESS = [
  /^\\(?:un)?restrict[ \t]+[A-Za-z0-9]+\s*$/,
  /^\\set[ \t]+ON_ERROR_STOP(?:[ \t]+(?:on|1|true))?\s*$/i,
  /^\\(?:echo|qecho|timing|pset|x|t|a)(?:[ \t][^\\]*)?$/,
];

/** Why a line that is a command of psql cannot run; null when it may be passed over. */
export function refusedCommand(line: string): string | null {
  if (HARMLESS.some((harmless) => harmless.test(line))) return null;
  const [, name = ''] = /^\\(\w*)/.exec(line) ?? [];
  if (name === 'c' || name === 'connect')
    return 'a command of psql (\\connect): a step runs in one database; give each database a step and files of its own';
  if (['i', 'ir', 'include', 'include_relative'].includes(name))
    return 'a command of psql (\\include): put what it includes into a file of its own';
  return 'a command of psql (\\...), which the server does not know';
}
