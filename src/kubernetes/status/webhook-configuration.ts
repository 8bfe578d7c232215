import { readList, readText } from '../../domain/json-fields.ts';
import { progressing, ready, type Judge } from './status.ts';

/** Annotations by which cert-manager is asked to put the certificates in. */
const INJECTED = [
  'cert-manager.io/inject-ca-from',
  'cert-manager.io/inject-ca-from-secret',
  'cert-manager.io/inject-apiserver-ca',
];

/**
 * In force as soon as it is stored; nothing in it tells whether its servers answer. All that can be known is whether the
 * certificates that somebody else is to put in are there: without them every call fails.
 */
export const webhookConfiguration: Judge = (object) => {
  const webhooks = readList(object, 'webhooks');
  const without = webhooks.filter((webhook) => (readText(webhook, 'clientConfig', 'caBundle') ?? '').trim() === '');
  const injector = INJECTED.find((annotation) => object.metadata.annotations?.[annotation] !== undefined);
  if (injector !== undefined && without.length > 0)
    return progressing(`${String(without.length)} of its webhooks have no caBundle yet (${injector})`);
  return ready(`exists with ${String(webhooks.length)} webhooks; whether their servers answer is not in it`);
};
