import type { Problem } from '../problem.ts';
import type { ManifestObject } from './manifests.ts';

/** An object as one step of the rollout applies it. */
export interface AppliedObject {
  readonly object: ManifestObject;
  /** Where objects go that name no namespace. */
  readonly namespace: string | undefined;
  /** `phase/step`, to name it. */
  readonly step: string;
  readonly target: string;
  /** Where the step refers to the file. */
  readonly reference: Problem;
  /** A rendered object stands in no file that a person can mend: what is wrong with it is told at the reference. */
  readonly rendered: boolean;
}

/** Kinds of the API server itself that have no namespace; a step's own would tell two of them apart that are one. */
const CLUSTER_SCOPED = new Set([
  ...['Namespace', 'Node', 'PersistentVolume'],
  ...['ClusterRole', 'ClusterRoleBinding', 'CustomResourceDefinition', 'APIService', 'StorageClass', 'CSIDriver'],
  ...['PriorityClass', 'IngressClass', 'RuntimeClass', 'FlowSchema', 'PriorityLevelConfiguration'],
  ...['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration', 'ValidatingAdmissionPolicy'],
  ...['ValidatingAdmissionPolicyBinding', 'CertificateSigningRequest', 'VolumeAttachment'],
]);

/** Objects of one target that two sources, or two steps, declare. Each would undo what the other did. */
export function identityProblems(applied: readonly AppliedObject[]): readonly Problem[] {
  const first = new Map<string, AppliedObject>();
  return applied.flatMap((one) => {
    const { group, kind, name } = one.object;
    const namespace = CLUSTER_SCOPED.has(kind) ? '' : (one.object.namespace ?? one.namespace ?? 'default');
    const key = JSON.stringify([one.target, group, kind, namespace, name]);
    const other = first.get(key);
    if (!other) {
      first.set(key, one);
      return [];
    }
    const shown = one.object.namespace ?? one.namespace ?? '';
    const label = `${kind}${group === '' ? '' : `.${group}`} ${shown === '' || namespace === '' ? '' : `${shown}/`}${name}`;
    if (other.object === one.object)
      return [{ ...one.reference, message: `${label} is applied by step ${other.step} already, from the same file` }];
    const steps = other.step === one.step ? `step ${one.step}` : `steps ${other.step} and ${one.step}`;
    const at = other.object.content.place([...other.object.path, 'metadata', 'name']);
    const here = [...one.object.path, 'metadata', 'name'];
    if (one.rendered) {
      const message = `a second ${label}, at ${one.object.content.place(here)}; the first is at ${at} (${steps})`;
      return [{ ...one.reference, message }];
    }
    return [one.object.content.at(here, `a second ${label}; the first is at ${at} (${steps})`)];
  });
}
