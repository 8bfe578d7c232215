import { WindlassFailure } from '../../domain/failure.ts';
import { credentialsRef, locationRef, type VeleroLocationSpec } from '../../domain/kinds/velero-location.ts';
import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import { goDuration } from '../go-duration.ts';

/** The object store that a location points to: the resolved references of a target of kind `s3`. */
export interface ObjectStore {
  readonly endpoint: string;
  readonly region: string;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly pathStyle: boolean;
}

/** The key of the Secret that holds the credentials file; the name that Velero itself uses. */
export const CREDENTIALS_KEY = 'cloud';

const LABELS = { 'app.kubernetes.io/managed-by': 'windlass' };

/** The Secret as it must be. Never shown: plans and failures speak of it by name. */
export function secretObject(spec: VeleroLocationSpec, store: ObjectStore): KubernetesObject {
  const { apiVersion, kind, name } = credentialsRef(spec);
  const content = Buffer.from(credentialsFile(store), 'utf8').toString('base64');
  return {
    apiVersion,
    kind,
    metadata: { name, namespace: spec.namespace, labels: LABELS },
    type: 'Opaque',
    data: { [CREDENTIALS_KEY]: content },
  };
}

/** The location as it must be. What it does not name is left to Velero, the default among locations included. */
export function locationObject(spec: VeleroLocationSpec, store: ObjectStore): KubernetesObject {
  const { apiVersion, kind, name } = locationRef(spec);
  return {
    apiVersion,
    kind,
    metadata: { name, namespace: spec.namespace, labels: LABELS },
    spec: {
      provider: 'aws',
      objectStorage: { bucket: spec.bucket, ...(spec.prefix === undefined ? {} : { prefix: spec.prefix }) },
      config: { region: store.region, s3ForcePathStyle: String(store.pathStyle), s3Url: store.endpoint },
      credential: { name: credentialsRef(spec).name, key: CREDENTIALS_KEY },
      validationFrequency: goDuration(spec.validationFrequency),
      ...(spec.isDefault ? { default: true } : {}),
    },
  };
}

/**
 * The file of shared AWS credentials that Velero's plugin reads.
 *
 * @throws WindlassFailure `ReferenceUnresolved` for a key that the format cannot carry, naming the key, not its value.
 */
function credentialsFile(keys: { readonly accessKey: string; readonly secretKey: string }): string {
  const accessKey = fitting(keys.accessKey, 'access key');
  const secretKey = fitting(keys.secretKey, 'secret key');
  return `[default]\naws_access_key_id = ${accessKey}\naws_secret_access_key = ${secretKey}\n`;
}

/** White space ends a value or begins a comment in this format, and a line break would begin another setting. */
function fitting(key: string, what: string): string {
  if (/^[\x21-\x7e]+$/.test(key)) return key;
  const why = key === '' ? 'is empty' : 'holds white space or other characters that a credentials file cannot carry';
  throw new WindlassFailure('ReferenceUnresolved', `The ${what} of the object store ${why}.`, {
    object: what,
    next: `Look at the reference that gives the ${what} of the target: often it is a stray line break.`,
  });
}
