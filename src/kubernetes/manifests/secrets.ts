import type { KubernetesApplySpec } from '../../domain/kinds/kubernetes-apply.ts';
import { readObject } from '../../domain/json-fields.ts';
import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import type { Reference } from '../../domain/reference.ts';
import { isSecretKind } from '../identity.ts';
import type { Manifest } from './manifest.ts';

type Rule = KubernetesApplySpec['secrets'][string][string];

/**
 * Puts the values of Secrets where the step says they are. They are in the objects that go to the API server, and in
 * nothing else.
 *
 * @param resolve turns a reference into its value. @throws WindlassFailure `ReferenceUnresolved`
 */
export async function fillSecrets(
  manifests: readonly Manifest[],
  { secrets, namespace = 'default' }: Pick<KubernetesApplySpec, 'secrets' | 'namespace'>,
  resolve: (reference: Reference) => Promise<string>,
): Promise<readonly Manifest[]> {
  return Promise.all(
    manifests.map(async (manifest) => {
      const { object } = manifest;
      if (!isSecretKind(object)) return manifest;
      const { name } = object.metadata;
      // The narrower name wins.
      const references = secrets[`${object.metadata.namespace ?? namespace}/${name}`] ?? secrets[name];
      return references === undefined ? manifest : { ...manifest, object: await filled(object, references, resolve) };
    }),
  );
}

async function filled(
  object: KubernetesObject,
  references: Readonly<Record<string, Rule>>,
  resolve: (reference: Reference) => Promise<string>,
): Promise<KubernetesObject> {
  const data = await Promise.all(
    Object.entries(references).map(async ([key, reference]) => {
      if ('asRendered' in reference) return [];
      const value = await resolve(reference);
      return [[key, Buffer.from(value).toString('base64')] as const];
    }),
  );
  return { ...object, data: { ...readObject(object, 'data'), ...Object.fromEntries(data.flat()) } };
}
