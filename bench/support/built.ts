import { basename, join } from 'node:path';
import { buildSync } from 'esbuild';
import { BUNDLING } from '../../scripts/bundling.ts';

const made = new Map<string, string>();

/**
 * A program of a benchmark as the build makes ours. Otherwise most of a start would be Node.js opening files and taking the
 * types out of them.
 *
 * @param program path of its TypeScript source, two directories below the root of this checkout or of another, whose
 *   packages it then gets.
 * @returns path of what `node` runs
 */
export function built(program: string): string {
  const known = made.get(program);
  if (known !== undefined) return known;
  const outfile = join(program, '../../../dist/bench', `${basename(program, '.ts')}.mjs`);
  buildSync({ ...BUNDLING, entryPoints: [program], outfile });
  made.set(program, outfile);
  return outfile;
}
