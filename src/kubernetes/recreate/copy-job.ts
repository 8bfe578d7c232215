import type { Json, JsonObject } from '../../domain/json.ts';
import type { KubernetesRecreateSpec } from '../../domain/kinds/kubernetes-recreate.ts';
import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import { equalJson, read, readList } from '../../domain/json-fields.ts';
import { COPIES } from '../playbooks/move.ts';
import { copyName } from '../playbooks/moving.ts';
import type { Move } from '../playbooks/playbook.ts';

type Copy = Extract<KubernetesRecreateSpec, { playbook: 'move' }>['copy'];

/** The claim for whose volume the copy is made. It goes before the volume gets the claim that it is meant for. */
export function stagingClaim({ ref, claim }: Move): KubernetesObject {
  const metadata = { name: copyName(ref), ...(ref.namespace === undefined ? {} : { namespace: ref.namespace }) };
  return { ...claim, metadata };
}

/** The Job that copies everything of one claim into another; it can only read the one that it copies from. */
export function copyJob({ ref, pod }: Move, { image, command, runAsUser }: Copy): KubernetesObject {
  const { namespace = '', name } = ref;
  const copy = copyName(ref);
  const mounted = (at: string, claimName: string): JsonObject => ({ name: at, persistentVolumeClaim: { claimName } });
  const [podSecurity, security] = securityOf(runAsUser);
  const container: JsonObject = {
    name: 'copy',
    image,
    command: [...command],
    volumeMounts: [
      { name: 'from', mountPath: '/from', readOnly: true },
      { name: 'to', mountPath: '/to' },
    ],
    securityContext: security,
  };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: copy, namespace },
    spec: {
      backoffLimit: 2,
      template: {
        metadata: { labels: { [COPIES]: copy } },
        spec: {
          ...pod,
          restartPolicy: 'Never',
          automountServiceAccountToken: false,
          securityContext: podSecurity,
          containers: [container],
          volumes: [mounted('from', name), mounted('to', copy)],
        },
      },
    },
  };
}

/** Whether two copies are made in the same way: a Job does not change once it is there. */
export function isSameCopy(a: KubernetesObject, b: KubernetesObject): boolean {
  const [one, other] = [a, b].map((job) => readList(job, 'spec', 'template', 'spec', 'containers')[0]);
  return ['image', 'command'].every((key) => equalJson(read(one, key), read(other, key)));
}

/** For a user of its own as the strictest Pod Security level wants it. */
function securityOf(runAsUser: number | undefined): readonly [pod: JsonObject, container: JsonObject] {
  const seccompProfile: Json = { type: 'RuntimeDefault' };
  const base = { allowPrivilegeEscalation: false };
  if (runAsUser === undefined) return [{ seccompProfile }, base];
  return [
    { seccompProfile, runAsNonRoot: true, runAsUser, fsGroup: runAsUser },
    { ...base, capabilities: { drop: ['ALL'] } },
  ];
}
