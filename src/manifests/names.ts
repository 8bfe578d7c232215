import { groupOf } from '../domain/kubernetes-api.ts';

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/** Kinds whose names become parts of names themselves: of hosts, or of the pods of a CronJob's Jobs. */
const LABELS: Readonly<Record<string, { readonly form: RegExp; readonly longest: number; readonly words: string }>> = {
  '/Namespace': { form: LABEL, longest: 63, words: 'lower-case letters, digits and "-"' },
  // Servers before 1.36 also want a letter first.
  '/Service': { form: LABEL, longest: 63, words: 'lower-case letters, digits and "-"' },
  'batch/CronJob': { form: SUBDOMAIN, longest: 52, words: 'lower-case letters, digits, "-" and "."' },
};

/** ConfigMaps of Windlass' own: whoever could declare one could keep every step off a target, or hide what there is to prune. */
const OWN_PREFIX = 'windlass.';

/** Groups whose names are anything that fits a path, or forms of their own. */
const FREE = new Set([
  ...['rbac.authorization.k8s.io', 'apiregistration.k8s.io', 'certificates.k8s.io', 'internal.apiserver.k8s.io'],
]);

/** Kinds whose names have a form of their own, in groups whose other names do not: IPv6 addresses. */
const FREE_KINDS = new Set(['networking.k8s.io/IPAddress']);

/** OpenShift's users, identities, groups, image stream tags and more. */
function isFree(group: string, kind: string): boolean {
  return FREE.has(group) || FREE_KINDS.has(`${group}/${kind}`) || /(^|\.)openshift\.io$/.test(group);
}

/**
 * What is wrong with the name of an object, or null: at least a DNS subdomain (RFC 1123), for some kinds a DNS label. Of
 * kinds whose names are free, or have a form of their own, no more is asked than that they fit a path: the rest is left
 * to the API server.
 *
 * @param kind where it is known
 */
export function nameProblem(apiVersion: string, name: string, kind?: string): string | null {
  const shown = JSON.stringify(name);
  if (name === '.' || name === '..' || /[/%]/.test(name)) return `name ${shown} does not fit a path`;
  if (name.length > 253) return 'the name is longer than 253 characters';
  const group = groupOf(apiVersion);
  if (isFree(group, kind ?? '')) return null;
  if (group === '' && kind === 'ConfigMap' && name.startsWith(OWN_PREFIX))
    return `name ${shown} begins with "${OWN_PREFIX}", as what Windlass itself keeps in a cluster: its locks and inventories`;
  const label = LABELS[`${group}/${kind ?? ''}`];
  if (label !== undefined && name.length > label.longest)
    return `the name of a ${kind ?? ''} has at most ${String(label.longest)} characters, and this one has ${String(name.length)}`;
  if (!(label?.form ?? SUBDOMAIN).test(name))
    return `name ${shown} must be ${label?.words ?? 'lower-case letters, digits, "-" and "."'}, beginning and ending with a letter or digit`;
  return null;
}

/** What is wrong with the namespace that an object names, or null. */
export function namespaceProblem(namespace: string): string | null {
  if (LABEL.test(namespace) && namespace.length <= 63) return null;
  return `namespace ${JSON.stringify(namespace)} must be at most 63 lower-case letters, digits and "-", beginning and ending with a letter or digit`;
}
