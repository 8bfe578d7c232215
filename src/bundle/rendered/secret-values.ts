import type { HelmRelease } from '../../domain/kinds/helm-release.ts';
import type { MadeUp } from '../../domain/made-up.ts';
import type { Invention } from '../../domain/rendering.ts';
import { sha256 } from '../../store/sha256.ts';

type SecretValues = HelmRelease['secretValues'];

/** Values that hold the places of secrets, over all others: nested as their paths say, which `.` separates. */
export function secretTexts(values: SecretValues, seed: string): readonly string[] {
  return Object.keys(values).map((path) =>
    JSON.stringify(path.split('.').reduceRight<unknown>((inner, name) => ({ [name]: inner }), tokenOf(path, seed))),
  );
}

/** The same as what the chart is found to hold. Names of secrets become references when the bundle is made. */
export function secretInventions(values: SecretValues, seed: string): readonly Invention[] {
  return Object.entries(values).map(([path, reference]) => ({
    value: { kind: 'reference', reference } as MadeUp,
    parts: { text: tokenOf(path, seed) },
  }));
}

/** Letters first: no reader of YAML takes it for a number. */
function tokenOf(path: string, seed: string): string {
  return `secret${sha256(`${seed} ${path}`).slice(0, 26)}`;
}
