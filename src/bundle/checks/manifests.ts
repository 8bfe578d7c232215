import { groupOf, type KubernetesObject } from '../../domain/kubernetes-api.ts';
import * as room from '../../manifests/objects.ts';
import type { FieldPath } from '../../manifests/yaml-path.ts';
import type { Position } from '../../manifests/yaml.ts';
import type { Problem } from '../problem.ts';
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
  readonly object: KubernetesObject;
  /** A problem with a field of it. */
  at(path: FieldPath, message: string): Problem;
}

export interface ManifestFile {
  readonly objects: readonly ManifestObject[];
  readonly problems: readonly Problem[];
  readonly notes: readonly Problem[];
}

/**
 * Reads the objects of a manifest file as they will be applied, and looks for secrets in them.
 *
 * @param text of the file in the bundle
 * @param problemAt a problem at a place of that text
 */
export function readManifests(text: string, problemAt: (position: Position, message: string) => Problem): ManifestFile {
  const { objects, problems, notes, documents } = room.readManifests(text);
  const told = (remark: room.Remark): Problem => problemAt(remark, remark.what);
  const read = objects.map(({ object, at }): ManifestObject => {
    const { apiVersion, kind, metadata } = object;
    return {
      ...{ group: groupOf(apiVersion), kind, namespace: metadata.namespace ?? null, name: metadata.name, object },
      at: (path, message) => problemAt(at(path), message),
    };
  });
  const secrets = documents.flatMap(({ written, at }) =>
    writtenSecrets(written).map(({ at: path, message, certain }) => ({
      refused: certain,
      told: problemAt(at(path), message),
    })),
  );
  const schedules = read.flatMap((one) =>
    scheduleProblems(one.object).map(({ at, message, harmful }) => ({ refused: harmful, told: one.at(at, message) })),
  );
  const found = (refused: boolean): readonly Problem[] =>
    [...secrets, ...schedules].flatMap((one) => (one.refused === refused ? [one.told] : []));
  return {
    objects: read,
    problems: [...problems.map(told), ...found(true)],
    notes: [...notes.map(told), ...found(false)],
  };
}
