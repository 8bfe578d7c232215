import type { Bundle } from '../domain/bundle.ts';
import type { DeclaredAlert, DeclaredObject } from '../domain/declared.ts';
import { isObject, readList, readText } from '../domain/json-fields.ts';
import type { Json } from '../domain/json.ts';
import { stepPath } from '../domain/names.ts';
import { shapeOf } from '../domain/shape.ts';
import type { BundleFiles } from '../domain/step-engine.ts';
import { manifestFiles, readManifests } from '../manifests/objects.ts';
import { isClusterScoped } from '../manifests/cluster-scoped.ts';
import { askedIn } from '../monitoring/read/sources.ts';

/** What the files of a bundle declare, by the steps that it lets in. */
interface Declarations {
  readonly objects: readonly DeclaredObject[];
  readonly alerts: readonly DeclaredAlert[];
}

/**
 * Reads what the steps of a bundle apply to clusters. No value of a Secret, or of anything else, is in it.
 *
 * @throws WindlassFailure as `BundleFiles.read` does.
 */
export async function declarationsOf(bundle: Bundle, files: BundleFiles): Promise<Declarations> {
  const shapes = shapeOf(bundle).phases;
  const objects: DeclaredObject[] = [];
  const alerts = new Map<string, DeclaredAlert>();
  for (const [at, { name: phase, steps }] of bundle.phases.entries())
    for (const [index, step] of steps.entries()) {
      if (step.kind !== 'kubernetes.apply' || shapes[at]?.steps[index]?.included !== true) continue;
      const { manifests, namespace = 'default' } = step.with;
      const paths = manifests.flatMap((path) => manifestFiles(path, files.list(path)));
      for (const path of new Set(paths)) {
        const text = await files.read(path);
        for (const { object } of readManifests(text).objects) {
          const { apiVersion, kind, metadata } = object;
          const group = apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
          const ofCluster = isClusterScoped(group, kind);
          objects.push({
            ...{ apiVersion, kind, name: metadata.name, target: step.target, step: stepPath(phase, step.name) },
            ...(ofCluster ? {} : { namespace: metadata.namespace ?? namespace }),
            images: [...new Set(imagesIn(object))],
            hosts: kind === 'Ingress' ? hostsOf(object) : [],
          });
        }
        for (const { does, name, group, expr, labels, annotations } of askedIn(path, text).rules)
          if (does === 'alert')
            alerts.set(`${group}/${name}/${expr}`, { name, group, expr, labels, annotations, file: path });
      }
    }
  return { objects, alerts: [...alerts.values()] };
}

function imagesIn(value: Json): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(imagesIn);
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, below]) =>
    key === 'image' && typeof below === 'string' ? [below] : imagesIn(below ?? null),
  );
}

function hostsOf(ingress: Json): DeclaredObject['hosts'] {
  return readList(ingress, 'spec', 'rules').flatMap((rule) => {
    const host = readText(rule, 'host');
    if (host === undefined) return [];
    return readList(rule, 'http', 'paths').map((one) => ({
      host,
      path: readText(one, 'path') ?? '/',
      service: readText(one, 'backend', 'service', 'name') ?? '',
    }));
  });
}
