import { posix } from 'node:path';
import { jsonText } from '../../domain/json.ts';
import type { HelmRelease } from '../../domain/kinds/helm-release.ts';
import { fieldsOf } from '../draft.ts';
import type { Problem } from '../problem.ts';
import { Content } from '../source/content.ts';
import type { Path } from '../source/yaml-source.ts';
import { didYouMean, listed } from '../../domain/suggest.ts';
import { OF_HELM, usableValues } from './chart-values.ts';
import type { ChartFiles } from './chart.ts';
import { fillYaml } from './filled-yaml.ts';
import type { RenderContext } from './context.ts';

export interface Values {
  /** Texts with parameters filled in, later ones over earlier ones. */
  readonly texts: readonly string[];
  readonly problems: readonly Problem[];
}

/**
 * The values of a release: its files, then those written in the step. A value that nothing in the chart can use is a
 * slip of the pen.
 *
 * @param at where the step has its `helm`
 * @throws Error of `node:fs` when a file cannot be read, such as `EACCES`.
 */
export async function readValues(
  { directory, rollout, parameters }: RenderContext,
  helm: HelmRelease,
  chart: ChartFiles,
  at: Path,
): Promise<Values> {
  const contents: { readonly content: Content; readonly path: Path }[] = [];
  const texts: string[] = [];
  const problems: Problem[] = [];
  for (const [index, file] of helm.valuesFiles.entries()) {
    const refuse = (message: string) => problems.push(rollout.at([...at, 'valuesFiles', index], message));
    const path = posix.normalize(file);
    if ((await directory.kindOf(path)) !== 'file') {
      refuse(`there is no file "${file}" in the rollout directory`);
      continue;
    }
    const text = await directory.text(path);
    if (text === null) {
      refuse(`"${file}" is not UTF-8 text`);
      continue;
    }
    const filled = fillYaml(path, text, parameters);
    problems.push(...filled.problems);
    const [document] = filled.source.documents;
    if (filled.problems.length > 0 || !document) continue;
    const content = new Content(filled.source, document);
    if (content.data !== null && (typeof content.data !== 'object' || Array.isArray(content.data)))
      problems.push(content.at([], 'values must be a mapping'));
    texts.push(filled.text);
    contents.push({ content, path: [] });
  }
  texts.push(jsonText(helm.values));
  contents.push({ content: rollout, path: [...at, 'values'] });
  const usable = chart.packaged ? null : usableValues(chart.files, posix.normalize(helm.chart), texts);
  if (usable !== null)
    for (const { content, path } of contents)
      for (const name of Object.keys(path.length === 0 ? fieldsOf(content.data) : helm.values))
        if (!usable.has(name)) problems.push(content.atKey([...path, name], unused(name, [...usable])));
  return { texts, problems };
}

function unused(name: string, usable: readonly string[]): string {
  const hint = didYouMean(name, usable) || `; it knows ${listed(usable.filter((one) => !OF_HELM.includes(one)))}`;
  return `nothing in the chart uses the value "${name}"${hint}`;
}
