import { execFileSync } from 'node:child_process';
import fc from 'fast-check';

/** Plain scalars that are numbers, truths or nothing to some reader of YAML. */
export const scalars = fc.oneof(
  fc.stringMatching(/^[-+]?[0-9][0-9_]{0,22}$/),
  fc.stringMatching(/^[-+]?0[xXbBoO]?[0-9a-fA-F_]{0,20}$/),
  fc.stringMatching(/^[-+]?[0-9_]{0,19}\.[0-9_]{0,6}([eE][-+]?[0-9_]{1,3})?$/),
  fc.stringMatching(/^[-+]?[0-9]{1,18}[eE][-+]?[0-9]{1,3}$/),
  fc.stringMatching(/^\.[0-9_eE+-]{0,8}$/).filter((text) => text !== '...'),
  fc.stringMatching(/^[yYnNoOtTfF~][a-zA-Z]{0,4}$/),
  fc.bigInt({ min: -(2n ** 64n), max: 2n ** 65n }).map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.constantFrom('9007199254740993', '-9223372036854775808', '9223372036854775807', '9223372036854775808'),
  fc.constantFrom('18446744073709551615', '18446744073709551616', '0xFFFFFFFFFFFFFFFF', '1e400', '2001-12-14', '12:30'),
);

/** A custom resource with each of some values as a field of its own: `v0`, `v1` and so on. */
export function resourceOf(values: readonly string[]): string {
  const fields = values.map((value, index) => `  v${String(index)}: ${value}\n`);
  return `apiVersion: example.com/v1\nkind: Sample\nmetadata: { name: sample }\nspec:\n  none: 0\n${fields.join('')}`;
}

/**
 * What kubectl reads a manifest to, as the text that it writes, without any server: `annotate --local` takes objects of
 * any kind. Null when it refuses the file.
 */
export function readByKubectl(kubectl: string, manifest: string): string | null {
  const args = ['annotate', '--local', '--overwrite', '-f', '-', 'read=yes', '-o', 'json'];
  try {
    return execFileSync(kubectl, args, { input: manifest, encoding: 'utf8', stdio: 'pipe', maxBuffer: 2 ** 26 });
  } catch {
    return null;
  }
}

/** The value of each field of the `spec` that kubectl wrote, digit for digit as it is written there. */
export function writtenValues(output: string): ReadonlyMap<string, string> {
  const lines = output.slice(output.indexOf('"spec": {')).matchAll(/^ {8}"([^"]+)": (.*?),?$/gm);
  return new Map([...lines].map(([, name = '', value = '']) => [name, value]));
}
