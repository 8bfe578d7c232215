import { describe, expect, test } from '@jest/globals';
import type { LoadedRollout } from '../../src/bundle/load.ts';
import { readinessShape } from '../../src/domain/readiness/shape.ts';
import { read, readList, readText, readTexts } from '../../src/domain/json-fields.ts';
import { shapeOf } from '../../src/domain/shape.ts';
import { alertRules, loadFlagship, objectsOf } from './flagship.ts';

const [lab, compose, production] = await Promise.all([
  loadFlagship('lab'),
  loadFlagship('compose'),
  loadFlagship('production'),
]);
const DAY_HOURS = 24;

/** The same where these parameters of the lab are true. */
const labWith = (...names: readonly string[]): LoadedRollout => {
  const parameters = { ...lab.bundle.parameters, ...Object.fromEntries(names.map((name) => [name, true])) };
  return { ...lab, bundle: { ...lab.bundle, parameters } };
};
const withAll = labWith('certificates', 'wayIn');

const ofKind = (kind: string, of: LoadedRollout) => objectsOf(of).filter((object) => object.kind === kind);
const steps = ({ bundle }: LoadedRollout) => bundle.phases.flatMap((phase) => phase.steps);
/** The steps about certificates that are carried out. */
const carriedOut = ({ bundle }: LoadedRollout) =>
  shapeOf(bundle)
    .phases.filter(({ name }) => name === 'optimisation')
    .flatMap((phase) => phase.steps.filter(({ included }) => included).map(({ name }) => name))
    .filter((name) => ['dns-token', 'issuer', 'certificates'].includes(name) || name.startsWith('hosts-served'));
const probes = (of: LoadedRollout) =>
  steps(of).flatMap((step) => (step.kind === 'probe' && step.with.protocol === 'tls' ? [step.with] : []));
const hours = (text: string | undefined) => Number(/^(\d+)h$/.exec(text ?? '')?.[1]);

/** `NAMESPACE/SECRET HOST`, of what each Ingress says it is served by. */
const named = (of: LoadedRollout) =>
  ofKind('Ingress', of).flatMap((ingress) =>
    readList(ingress, 'spec', 'tls').flatMap((entry) =>
      readTexts(entry, 'hosts').map(
        (host) => `${ingress.metadata.namespace ?? ''}/${readText(entry, 'secretName') ?? ''} ${host}`,
      ),
    ),
  );
const issued = (of: LoadedRollout) =>
  ofKind('Certificate', of)
    .filter((one) => read(one, 'spec', 'isCA') !== true)
    .flatMap((one) =>
      readTexts(one, 'spec', 'dnsNames').map(
        (host) => `${one.metadata.namespace ?? ''}/${readText(one, 'spec', 'secretName') ?? ''} ${host}`,
      ),
    );

describe('the certificates of the flagship', () => {
  test.each([
    ['lab', lab],
    ['production', production],
  ])('are one for each host, in the Secret that its Ingress names (%s)', (_, of) => {
    const hosts = ofKind('Ingress', of).flatMap((one) =>
      readList(one, 'spec', 'rules').map((rule) => readText(rule, 'host')),
    );
    expect(hosts).toHaveLength(12);
    expect(issued(of).toSorted()).toEqual(named(of).toSorted());
    expect(
      issued(of)
        .map((one) => one.split(' ')[1])
        .toSorted(),
    ).toEqual(hosts.toSorted());
  });

  test('are of one issuer, which the environment picks: an authority of the platform’s own, or one that everybody trusts', () => {
    const issuers = (of: LoadedRollout) =>
      ofKind('ClusterIssuer', of).map((one) => [one.metadata.name, ...Object.keys(one['spec'] as object)]);
    expect(issuers(lab)).toEqual([['hosts', 'ca']]);
    expect(issuers(production)).toEqual([['hosts', 'acme']]);
    for (const one of [lab, production].flatMap((loaded) => ofKind('Certificate', loaded)))
      if (one.metadata.namespace !== 'cert-manager')
        expect(read(one, 'spec', 'issuerRef')).toEqual({
          group: 'cert-manager.io',
          kind: 'ClusterIssuer',
          name: 'hosts',
        });
  });

  test('have a key of an authority where no workload of the platform may read it', () => {
    const keys = ofKind('Certificate', lab).filter((one) => read(one, 'spec', 'isCA') === true);
    expect(keys.map(({ metadata }) => metadata.namespace)).toEqual(['cert-manager']);
    const readable = ofKind('Role', lab).map(({ metadata }) => metadata.namespace);
    expect(readable).not.toContain('cert-manager');
    // Nor does the worker: it takes whom to trust from beside what was signed.
    for (const { ca } of probes(lab))
      if (ca !== undefined)
        expect(ca).toMatchObject({ kubernetesSecret: { namespace: 'data-platform', key: 'ca.crt' } });
  });

  test('are renewed long before anybody is asked to look, and that before an alert wakes anybody', () => {
    const renewed = new Set(
      ofKind('Certificate', lab)
        .filter(({ metadata }) => metadata.namespace !== 'cert-manager')
        .map((one) => hours(readText(one, 'spec', 'renewBefore')) / DAY_HOURS),
    );
    const asked = new Set(probes(lab).map(({ daysLeft }) => daysLeft));
    const rule = alertRules(lab).find(({ alert }) => alert === 'CertificateEnds');
    const woken = Number(/< (\d+)$/.exec(rule?.expr ?? '')?.[1]) / 86_400;
    expect([...renewed, ...asked, woken]).toEqual([30, 21, 14]);
  });

  test('are verified for each host, by whom its issuer is trusted', () => {
    const hosts = named(lab).map((one) => one.split(' ')[1]);
    expect(probes(lab).map(({ serverNames = [] }) => serverNames.toSorted())).toEqual([
      hosts.toSorted(),
      hosts.toSorted(),
    ]);
  });

  test('are issued where cert-manager is there, and verified where there is a way in besides', () => {
    const own = ['issuer', 'certificates', 'hosts-served'];
    expect(carriedOut(withAll)).toEqual(own);
    expect(carriedOut(production)).toEqual(['dns-token', 'issuer', 'certificates', 'hosts-served-publicly']);
    expect(carriedOut(lab)).toEqual([]);
    expect(carriedOut(compose)).toEqual([]);
  });

  test('without a way in are issued, and verified by nobody', () => {
    expect(carriedOut(labWith('certificates'))).toEqual(['issuer', 'certificates']);
    expect(carriedOut(labWith('wayIn'))).toEqual([]);
  });

  test.each([
    ['a lab without cert-manager', lab, []],
    ['a lab with it', withAll, ['certificates', 'served']],
    ['production', production, ['certificates', 'served-publicly']],
  ])('earn points by what is verified alone: %s', (_, of, expected) => {
    const checks = readinessShape(of.bundle)?.areas.find(({ name }) => name === 'security')?.checks ?? [];
    const about = checks.filter(({ name }) => name === 'certificates' || name.startsWith('served'));
    expect(about).toHaveLength(3);
    expect(about.filter(({ notApplicable }) => notApplicable === null).map(({ name }) => name)).toEqual(expected);
    for (const { notApplicable } of about)
      if (notApplicable !== null) expect(notApplicable).toMatch(/^its step is skipped, since the parameter /);
  });
});
