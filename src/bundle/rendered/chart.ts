import { posix } from 'node:path';
import type { FileTree } from '../../domain/rendering.ts';
import { fieldsOf } from '../draft.ts';
import type { Problem } from '../problem.ts';
import { Content } from '../source/content.ts';
import type { RolloutDirectory } from '../source/directory.ts';
import { YamlSource } from '../source/yaml-source.ts';
import { textOf, treeOf } from './tree.ts';

const ARCHIVE = /\.(tgz|tar\.gz)$/;

/** The files of a chart, by path inside the rollout directory. */
export interface ChartFiles {
  readonly files: FileTree;
  /** A packaged chart is one file; nothing inside of it is looked at here. */
  readonly packaged: boolean;
  readonly problems: readonly Problem[];
}

/**
 * The files of a chart, a directory or a packaged one, with what is wrong with them.
 *
 * @param refuse a problem where the step names the chart
 * @throws Error of `node:fs` when a file cannot be read, such as `EACCES`.
 */
export async function chartFiles(
  directory: RolloutDirectory,
  chart: string,
  refuse: (message: string) => Problem,
): Promise<ChartFiles> {
  const none = (message: string): ChartFiles => ({ files: new Map(), packaged: false, problems: [refuse(message)] });
  const kind = await directory.kindOf(chart);
  if (kind === 'missing') return none(`there is no chart "${chart}" in the rollout directory`);
  if (kind === 'outside') return none(`"${chart}" leads out of the rollout directory`);
  if (kind === 'special') return none(`"${chart}" is a pipe, a socket or a device`);
  if (kind === 'file') {
    if (!ARCHIVE.test(chart)) return none(`"${chart}" must be the directory of a chart, or a packaged one (.tgz)`);
    return { files: new Map([[chart, await directory.bytes(chart)]]), packaged: true, problems: [] };
  }
  const { files, problems } = await treeOf(directory, chart);
  if (!files.has(posix.join(chart, 'Chart.yaml'))) return none(`"${chart}" holds no Chart.yaml`);
  return { files, packaged: false, problems: [...problems, ...dependencyProblems(files, chart)] };
}

/** Dependencies that would have to be fetched. */
function dependencyProblems(files: FileTree, chart: string): readonly Problem[] {
  const file = posix.join(chart, 'Chart.yaml');
  const source = new YamlSource(file, textOf(files, file) ?? '');
  const syntax = source.problems();
  const [document] = source.documents;
  if (syntax.length > 0 || !document) return syntax;
  const content = new Content(source, document);
  const list = fieldsOf(content.data)['dependencies'];
  if (!Array.isArray(list)) return [];
  return list.flatMap((dependency, index) => {
    const name = fieldsOf(dependency)['name'];
    if (typeof name !== 'string' || isVendored(files, chart, name)) return [];
    const message = `the dependency "${name}" is not in charts/, and rendering uses no network: run \`helm dependency build ${chart}\` and keep what it puts there`;
    return [content.at(['dependencies', index, 'name'], message)];
  });
}

function isVendored(files: FileTree, chart: string, name: string): boolean {
  const charts = posix.join(chart, 'charts');
  return [...files.keys()].some(
    (path) =>
      path.startsWith(`${charts}/${name}/`) ||
      (path.startsWith(`${charts}/${name}-`) && ARCHIVE.test(path) && !path.slice(charts.length + 1).includes('/')),
  );
}
