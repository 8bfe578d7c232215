import { readTexts } from '../../domain/json-fields.ts';
import { faultIn, type Check, type Fault, type Unseen } from '../check.ts';
import type { World } from '../world.ts';

const UNSEEN = 'runs as no pod that can be seen: whoever runs the control plane must answer for it';

/** How the control plane itself runs, where it runs as pods of the cluster, as kubeadm makes them. */
export const CONTROL_PLANE_CHECKS: readonly Check[] = [
  {
    id: 'apiserver-encryption',
    severity: 'high',
    claim: 'Secrets are encrypted where etcd keeps them',
    mend: 'Give the API server --encryption-provider-config, and rewrite the Secrets that are there.',
    stands: ['CIS 1.2.27', 'CIS 1.2.28', 'C-0066'],
    needs: ['Pod'],
    find: (world) =>
      flagsOf(world, 'kube-apiserver', (flags) =>
        flags.has('encryption-provider-config') ? null : 'keeps Secrets without encryption',
      ),
  },
  {
    id: 'apiserver-audit-log',
    severity: 'medium',
    claim: 'the API server keeps an audit log',
    mend: 'Give the API server --audit-policy-file, with --audit-log-path or --audit-webhook-config-file.',
    stands: ['CIS 1.2.16', 'CIS 1.2.17', 'CIS 1.2.18', 'CIS 1.2.19', 'C-0067'],
    needs: ['Pod'],
    find: (world) =>
      flagsOf(world, 'kube-apiserver', (flags) =>
        flags.has('audit-policy-file') && (flags.has('audit-log-path') || flags.has('audit-webhook-config-file'))
          ? null
          : 'keeps no audit log',
      ),
  },
  {
    id: 'etcd-client-certificates',
    severity: 'critical',
    claim: 'etcd asks its clients for certificates',
    mend: 'Give etcd --client-cert-auth=true and --trusted-ca-file.',
    stands: ['CIS 2.2', 'C-0264'],
    needs: ['Pod'],
    find: (world) =>
      flagsOf(world, 'etcd', (flags) =>
        flags.get('client-cert-auth') === 'true' ? null : 'takes clients without a certificate',
      ),
  },
];

/** @param wrong what is wrong with a component that has these flags; null for nothing. */
function flagsOf(
  world: World,
  component: string,
  wrong: (flags: ReadonlyMap<string, string>) => string | null,
): readonly (Fault | Unseen)[] {
  const pods = world.within('Pod', 'kube-system').filter((pod) => pod.metadata.labels?.['component'] === component);
  if (pods.length === 0) return [{ where: component, unseen: UNSEEN }];
  const running = world.workloadsIn('kube-system').filter(({ object }) => pods.includes(object));
  return running.flatMap(({ object, containers }) => {
    const words = containers.flatMap(({ fields }) => [...readTexts(fields, 'command'), ...readTexts(fields, 'args')]);
    const what = wrong(new Map(words.flatMap(flagIn)));
    // Whichever namespaces are audited: it is the cluster's own.
    return what === null ? [] : [{ ...faultIn(object, what), namespace: null }];
  });
}

/** `--name=value`, and `--name` for true. */
function flagIn(word: string): readonly (readonly [string, string])[] {
  const [, name, value = 'true'] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
  return name === undefined ? [] : [[name, value]];
}
