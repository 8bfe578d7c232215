import { posix } from 'node:path';
import type { FileTree } from '../../domain/rendering.ts';
import { fieldsOf } from '../draft.ts';
import type { Problem } from '../problem.ts';
import { Content } from '../source/content.ts';
import type { RolloutDirectory } from '../source/directory.ts';
import type { Parameters } from '../source/substitute.ts';
import type { Path } from '../source/yaml-source.ts';
import { fillYaml } from './filled-yaml.ts';
import { textOf, treeOf } from './tree.ts';

const NAMES = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];
/** What may lead to other directories. */
const ROOTS = ['resources', 'bases', 'components'];
/** What may lead to other files, and to the network. */
const FILES = ['crds', 'configurations', 'generators', 'transformers', 'validators', 'patchesStrategicMerge'];
const CHARTS = ['helmCharts', 'helmChartInflationGenerator'];
const REMOTE = /^[a-z0-9+.]+:\/\/|^git(::|@)|^(www\.)?(github\.com|gitlab\.com|bitbucket\.org)[/:]|\?(ref|version)=/i;
const YAML = /(\.(ya?ml|json)|^Kustomization|\/Kustomization)$/;

/**
 * Everything that a kustomization is made of, parameters filled in. Nothing of it may come from the network.
 *
 * @param reference where the step names it
 * @throws Error of `node:fs` when a file cannot be read, such as `EACCES`.
 */
export async function kustomizationTree(
  directory: RolloutDirectory,
  root: string,
  parameters: Parameters,
  reference: Problem,
): Promise<{ readonly files: FileTree; readonly problems: readonly Problem[] }> {
  const files = new Map<string, Uint8Array>();
  const problems: Problem[] = [];
  const seen = new Set<string>();

  const visit = async (path: string, from: Problem): Promise<void> => {
    if (seen.has(path)) return;
    seen.add(path);
    const tree = await treeOf(directory, path);
    problems.push(...tree.problems);
    const fresh = [...tree.files].filter(([file]) => !files.has(file));
    for (const [file, content] of fresh) {
      const text = YAML.test(file) ? textOf(tree.files, file) : null;
      if (text?.includes('${{') !== true) files.set(file, content);
      else {
        const filled = fillYaml(file, text, parameters);
        problems.push(...filled.problems);
        files.set(file, Buffer.from(filled.text));
      }
    }
    const name = NAMES.find((candidate) => files.has(posix.join(path, candidate)));
    if (name === undefined) {
      problems.push({ ...from, message: `"${path}" holds no kustomization.yaml` });
      return;
    }
    await follow(path, posix.join(path, name));
  };

  const follow = async (path: string, file: string): Promise<void> => {
    const { source, problems: broken } = fillYaml(file, textOf(files, file) ?? '', parameters);
    const [document] = source.documents;
    if (broken.length > 0) problems.push(...broken);
    if (broken.length > 0 || !document) return;
    const content = new Content(source, document);
    const fields = fieldsOf(content.data);
    for (const field of CHARTS)
      if (fields[field] !== undefined)
        problems.push(
          content.atKey([field], `${field} would run Helm inside kustomize: give the chart to the step as helm`),
        );
    for (const { entry, at } of pathsIn(content.data))
      if (isRemote(entry)) problems.push(content.at(at, onTheNetwork(entry)));
    for (const { entry, at } of [...ROOTS, ...FILES].flatMap((field) => entriesOf(fields, field))) {
      const target = posix.join(path, entry);
      const kind = isRemote(entry) ? 'remote' : await directory.kindOf(target);
      if (kind === 'remote') problems.push(content.at(at, onTheNetwork(entry)));
      else if (!ROOTS.includes(String(at[0]))) continue;
      else if (kind === 'missing')
        problems.push(content.at(at, `there is no file or directory "${target}" in the rollout directory`));
      else if (kind === 'outside') problems.push(content.at(at, `"${entry}" leads out of the rollout directory`));
      else if (kind === 'directory') await visit(target.replace(/\/$/, ''), content.at(at, ''));
    }
  };

  await visit(root, reference);
  return { files, problems };
}

/** Fields of a kustomization, at any depth, whose values are files: kustomize fetches what is a URL there. */
const PATHS: ReadonlySet<string> = new Set(['path', 'files', 'envs', 'env', 'valuesFile', 'additionalValuesFiles']);

/** The files that patches, replacements, generators and the schema of a kustomization name. */
function pathsIn(data: unknown, at: Path = [], named = false): { entry: string; at: Path }[] {
  if (typeof data === 'string') return named && !data.includes('\n') ? [{ entry: data, at }] : [];
  if (Array.isArray(data)) return data.flatMap((one: unknown, index) => pathsIn(one, [...at, index], named));
  if (typeof data !== 'object' || data === null) return [];
  return Object.entries(data).flatMap(([field, value]) =>
    pathsIn(value, [...at, field], PATHS.has(field) && (at.length > 0 || field !== 'path')),
  );
}

/** Files of a generator may be `name=path`. */
function isRemote(entry: string): boolean {
  return REMOTE.test(entry) || REMOTE.test(entry.slice(entry.indexOf('=') + 1));
}

function onTheNetwork(entry: string): string {
  return `"${entry}" is on the network, and rendering uses none: copy it into the rollout and refer to the copy`;
}

function entriesOf(fields: Readonly<Record<string, unknown>>, field: string): { entry: string; at: Path }[] {
  const list = fields[field];
  if (!Array.isArray(list)) return [];
  // What is no path is written in place.
  return list.flatMap((entry, index) =>
    typeof entry === 'string' && !entry.includes('\n') ? [{ entry, at: [field, index] }] : [],
  );
}
