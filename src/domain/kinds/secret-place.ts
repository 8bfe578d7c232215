import { z } from 'zod';
import { name, objectName, secretReference, targetName } from './common.ts';

const secretKey = z.strictObject({
  target: targetName.describe('The cluster: a target of kind kubernetes.'),
  namespace: name,
  name: objectName,
  key: z.string().min(1),
});

/** Where a value is: a reference, or a key of a Secret in a cluster, such as a `kubernetes.secret` step before this one makes. */
export const secretPlace = z.union([...secretReference.options, z.strictObject({ kubernetesSecret: secretKey })], {
  error:
    'must be a reference: { secret: NAME } of the environment, { fromEnv: NAME }, { fromFile: PATH }, ' +
    '{ fromEnvFile: NAME } or { kubernetesSecret: { target, namespace, name, key } }; values are never written down',
});
