import { read, readList, readNumber, readText, readTexts } from '../../domain/json-fields.ts';
import type { Json } from '../../domain/json.ts';
import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import { faultIn, type Check } from '../check.ts';
import type { World } from '../world.ts';

/** Annotations by which whoever may write an Ingress writes the configuration of the whole controller. */
const SNIPPET = /[-/](snippet|snippets)$|\/config-backend$/;

/** What is reached from outside. */
export const INGRESS_CHECKS: readonly Check[] = [
  {
    id: 'ingress-tls',
    severity: 'medium',
    claim: 'every host of an Ingress is served over TLS',
    mend: 'Name the host under spec.tls, with a Secret that cert-manager fills, and see why it is not filled where it is missing.',
    stands: ['C-0263', 'PO tlsSettingsMissing', 'PY 1401'],
    needs: ['Ingress'],
    find: (world) =>
      world.of('Ingress').flatMap((ingress) => {
        const entries = readList(ingress, 'spec', 'tls').filter((entry) => hasCertificate(entry, ingress, world));
        const covered = entries.flatMap((entry) => readTexts(entry, 'hosts'));
        // An entry without hosts is for all of them.
        if (entries.some((entry) => readTexts(entry, 'hosts').length === 0)) return [];
        const rules = readList(ingress, 'spec', 'rules');
        const bare = rules
          .map((rule) => readText(rule, 'host') ?? '*')
          .filter((host) => !covered.some((one) => isFor(one, host)));
        if (rules.length === 0 && entries.length === 0) return [faultIn(ingress, 'serves every host without TLS')];
        return bare.length === 0 ? [] : [faultIn(ingress, `serves ${[...new Set(bare)].join(', ')} without TLS`)];
      }),
  },
  {
    id: 'ingress-backend',
    severity: 'medium',
    claim: 'every Ingress leads to a Service that is there',
    mend: 'Correct the name or port of the backend, or delete the Ingress: who makes a Service of that name takes its traffic.',
    stands: ['KL dangling-ingress', 'PY 1402'],
    needs: ['Ingress', 'Service'],
    find: (world) =>
      world.of('Ingress').flatMap((ingress) => {
        const missing = backendsOf(ingress).flatMap((backend) => missingIn(backend, ingress, world) ?? []);
        return missing.length === 0 ? [] : [faultIn(ingress, `leads to ${[...new Set(missing)].join(', ')}`)];
      }),
  },
  {
    id: 'ingress-snippet',
    severity: 'high',
    claim: 'no Ingress brings configuration of its controller along',
    mend: 'Say it by the fields and annotations that the controller checks, and switch snippets off in it.',
    stands: ['C-0059', 'C-0266'],
    needs: ['Ingress'],
    find: (world) =>
      world.of('Ingress').flatMap((ingress) => {
        const found = Object.keys(ingress.metadata.annotations ?? {}).filter((key) => SNIPPET.test(key));
        return found.length === 0 ? [] : [faultIn(ingress, `has ${found.join(', ')}`)];
      }),
  },
];

/** Whether its Secret is there, where Secrets may be listed; elsewhere it is taken to be. */
function hasCertificate(entry: Json, { metadata }: KubernetesObject, world: World): boolean {
  const secret = readText(entry, 'secretName');
  if (secret === undefined || world.facts.cluster.objects.Secret === undefined) return true;
  return world.find('Secret', metadata.namespace ?? '', secret) !== undefined;
}

/** A certificate for `*.example.com` is for one label more. */
function isFor(pattern: string, host: string): boolean {
  if (pattern === host) return true;
  return pattern.startsWith('*.') && host.slice(host.indexOf('.')) === pattern.slice(1);
}

function backendsOf(ingress: KubernetesObject): readonly Json[] {
  const rules = readList(ingress, 'spec', 'rules').flatMap((rule) => readList(rule, 'http', 'paths'));
  return [read(ingress, 'spec', 'defaultBackend'), ...rules.map((path) => read(path, 'backend'))].flatMap(
    (one) => one ?? [],
  );
}

/** What is missing of a backend; undefined where nothing is. What is no Service is looked at by nobody here. */
function missingIn(backend: Json, ingress: KubernetesObject, world: World): string | undefined {
  const name = readText(backend, 'service', 'name');
  if (name === undefined) return undefined;
  const service = world.find('Service', ingress.metadata.namespace ?? '', name);
  if (service === undefined) return `Service ${name}, which is not there`;
  const [number, called] = [
    readNumber(backend, ['service', 'port', 'number'], null),
    readText(backend, 'service', 'port', 'name'),
  ];
  const there = readList(service, 'spec', 'ports').some(
    (port) => read(port, 'port') === number || (called !== undefined && read(port, 'name') === called),
  );
  // A Service that is only a name for somewhere else needs no ports.
  if (there || readText(service, 'spec', 'type') === 'ExternalName') return undefined;
  return `port ${called ?? String(number)} of Service ${name}, which it does not have`;
}
