import { jsonText } from '../domain/json.ts';
import type { KubernetesObject } from '../domain/kubernetes-api.ts';
import { readObject } from '../domain/json-fields.ts';

/** etcd's limit of one request, unless its --max-request-bytes says otherwise. */
const OBJECT_BYTES = 1.5 * 1024 * 1024;
/** What the API server lets ConfigMaps and Secrets hold. */
const DATA_BYTES = 1024 * 1024;
/** What it lets all annotations of an object be. */
const ANNOTATION_BYTES = 256 * 1024;

/** Why an object is too large for any API server to store, or null. */
export function sizeProblem(object: KubernetesObject): string | null {
  const annotations = sum(Object.entries(object.metadata.annotations ?? {}).flat());
  if (annotations > ANNOTATION_BYTES)
    return tooLarge('its annotations are', annotations, ANNOTATION_BYTES, 'the API server');
  if (object.apiVersion === 'v1' && (object.kind === 'ConfigMap' || object.kind === 'Secret')) {
    const data = dataBytes(object);
    if (data > DATA_BYTES) return tooLarge('its data are', data, DATA_BYTES, 'the API server');
  }
  const all = bytes(jsonText(object));
  return all > OBJECT_BYTES ? tooLarge('the object is', all, OBJECT_BYTES, 'etcd') : null;
}

/** Binary data count as what they mean, not as they are written. */
function dataBytes(object: KubernetesObject): number {
  const encoded = object.kind === 'Secret' ? ['data'] : ['binaryData'];
  const plain = object.kind === 'Secret' ? ['stringData'] : ['data'];
  const values = (fields: readonly string[]) => fields.flatMap((field) => Object.values(readObject(object[field])));
  const texts = (fields: readonly string[]) => values(fields).filter((value) => typeof value === 'string');
  return sum(texts(plain)) + texts(encoded).reduce((total, text) => total + Buffer.byteLength(text, 'base64'), 0);
}

function tooLarge(what: string, size: number, limit: number, who: string): string {
  return `${what} ${inKiB(size)}, and ${who} takes at most ${inKiB(limit)}`;
}

function inKiB(size: number): string {
  return `${String(Math.ceil(size / 1024))} KiB`;
}

function sum(texts: readonly string[]): number {
  return texts.reduce((total, text) => total + bytes(text), 0);
}

function bytes(text: string): number {
  return Buffer.byteLength(text);
}
