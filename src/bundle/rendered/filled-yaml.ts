import type { Problem } from '../problem.ts';
import { substitute, type Parameters } from '../source/substitute.ts';
import { YamlSource } from '../source/yaml-source.ts';

/** A YAML file with parameters filled in. */
export interface FilledYaml {
  readonly source: YamlSource;
  readonly text: string;
  readonly problems: readonly Problem[];
}

export function fillYaml(file: string, text: string, parameters: Parameters): FilledYaml {
  const source = new YamlSource(file, text, 'kubectl');
  const syntax = source.problems();
  if (syntax.length > 0) return { source, text, problems: syntax };
  const filled = substitute(source, parameters);
  return { source, text: filled.text, problems: filled.problems };
}
