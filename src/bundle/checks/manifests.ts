import type { Problem } from '../problem.ts';
import { fieldsOf } from '../draft.ts';
import { Content } from '../source/content.ts';
import type { Path, YamlSource } from '../source/yaml-source.ts';
import { scheduleProblems } from './schedules.ts';
import { writtenSecrets } from './written-secrets.ts';

/** One Kubernetes object of a manifest file. */
export interface ManifestObject {
  /** Empty for the core group. */
  readonly group: string;
  readonly kind: string;
  /** Null when the manifest names none. */
  readonly namespace: string | null;
  readonly name: string;
  readonly content: Content;
  readonly path: Path;
}

export interface ManifestFile {
  readonly objects: readonly ManifestObject[];
  readonly problems: readonly Problem[];
}

/** Reads the objects of a manifest file whose placeholders were filled in. Items of a List are objects of their own. */
export function readManifests(source: YamlSource): ManifestFile {
  const objects: ManifestObject[] = [];
  const problems: Problem[] = [];

  const take = (content: Content, data: unknown, path: Path): void => {
    const items = fieldsOf(data)['items'];
    if (fieldsOf(data)['kind'] === 'List' && Array.isArray(items)) {
      items.forEach((item, index) => {
        take(content, item, [...path, 'items', index]);
      });
      return;
    }
    const object = objectOf(content, data, path);
    if ('problems' in object) problems.push(...object.problems);
    else objects.push(object);
    for (const { at, message } of writtenSecrets(data)) problems.push(content.atKey([...path, ...at], message));
    for (const { at, message } of scheduleProblems(data)) problems.push(content.at([...path, ...at], message));
  };

  for (const document of source.documents) {
    const content = new Content(source, document);
    // An empty document is what a separator too many leaves behind.
    if (content.data !== null) take(content, content.data, []);
  }
  if (objects.length === 0 && problems.length === 0) problems.push(source.problem(0, 'holds no Kubernetes object'));
  return { objects, problems };
}

function objectOf(
  content: Content,
  data: unknown,
  path: Path,
): ManifestObject | { readonly problems: readonly Problem[] } {
  if (typeof data !== 'object' || data === null || Array.isArray(data))
    return {
      problems: [
        content.at(path, 'not a Kubernetes object: it must be a mapping with apiVersion, kind and metadata.name'),
      ],
    };
  const problems: Problem[] = [];
  const text = (...at: readonly string[]): string => {
    const value = fieldsOf(data, ...at.slice(0, -1))[at.at(-1) ?? ''];
    if (typeof value === 'string' && value !== '') return value;
    const reason =
      value === undefined ? 'is missing, so this is no Kubernetes object' : 'must be a text that is not empty';
    problems.push(content.at([...path, ...at], `the field ${at.join('.')} ${reason}`));
    return '';
  };
  const apiVersion = text('apiVersion');
  const object: ManifestObject = {
    group: apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '',
    kind: text('kind'),
    namespace: fieldsOf(data, 'metadata')['namespace'] === undefined ? null : text('metadata', 'namespace'),
    name: text('metadata', 'name'),
    content,
    path,
  };
  return problems.length > 0 ? { problems } : object;
}
