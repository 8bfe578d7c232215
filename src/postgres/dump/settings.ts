import { delimiter } from 'node:path';

/** Where pg_dump and pg_restore are looked for. */
export interface DumpSettings {
  /** The one directory that was named, or null to look around. */
  readonly named: string | null;
  /** The directories of PATH. */
  readonly path: readonly string[];
  /** Environment that the programs get besides the connection. */
  readonly home: string | null;
}

/** Read where the work is done: `WINDLASS_PG_BIN`, else `PATH`. */
export function dumpSettings(env: NodeJS.ProcessEnv): DumpSettings {
  const { WINDLASS_PG_BIN: named = '', PATH: path = '', HOME: home = '' } = env;
  return {
    named: named === '' ? null : named,
    path: path.split(delimiter).filter((directory) => directory !== ''),
    home: home === '' ? null : home,
  };
}
