import type { Bundle } from '../../domain/bundle.ts';
import { approversNamed } from '../../domain/bundle.ts';
import { compareTexts } from '../../domain/compare.ts';
import { referenceLabel } from '../../domain/reference.ts';
import { referencesIn } from '../recovery/references.ts';
import { quoted } from '../recovery/shell.ts';
import { includedSteps } from '../recovery/steps.ts';
import type { Documented } from './documented.ts';
import { code, commands, heading, list, paragraph, table, type Block, type Page } from '../pages/page.ts';

/** How everything is reached, and with which login data: where that stands, never what it is. */
export function accessPage({ bundle, objects }: Documented): Page {
  const hosts = objects
    .flatMap(({ hosts: of, namespace = '', target }) => of.map((one) => ({ ...one, namespace, target })))
    .sort((a, b) => compareTexts(`${a.host}${a.path}`, `${b.host}${b.path}`));
  return {
    file: 'access',
    title: 'Access',
    blocks: [
      paragraph('No password and no key stands here: each is read where it is kept, by whoever may.'),
      heading('Hosts'),
      ...(hosts.length === 0 ? [paragraph('The rollout leads no host to a service.')] : []),
      table(
        ['host', 'path', 'service', 'cluster'],
        hosts.map(({ host, path, service, namespace, target }) => [
          code(host),
          code(path),
          code(`${namespace}/${service}`),
          target,
        ]),
      ),
      heading('Login data'),
      ...secretsOf(bundle).flatMap(secretBlocks),
      ...(secretsOf(bundle).length === 0 ? [paragraph('The rollout makes no Secret.')] : []),
      heading('Servers'),
      paragraph('What the worker of Windlass reaches them by:'),
      table(
        ['target', 'kind', 'field', 'where its value is'],
        Object.entries(bundle.targets).flatMap(([name, binding]) => {
          const fields = referencesIn(binding);
          return fields.length === 0
            ? [[name, binding.kind, '', 'as the pod of the worker is let in']]
            : fields.map(([field, reference]) => [name, binding.kind, field, referenceLabel(reference)]);
        }),
      ),
      heading('People'),
      list(
        approversNamed(bundle).map((one) => {
          const members = bundle.decisions.groups[one];
          return [{ strong: one }, members === undefined ? '' : `: ${members.join(', ')}`];
        }),
        'The gates of the rollout name nobody: whoever the policy of the worker lets may approve.',
      ),
    ],
  };
}

interface SecretPlace {
  readonly namespace: string;
  readonly name: string;
  readonly keys: readonly string[];
}

function secretsOf(bundle: Bundle): readonly SecretPlace[] {
  const found = includedSteps(bundle).flatMap((step): readonly SecretPlace[] => {
    if (step.kind === 'kubernetes.secret') {
      const { namespace, name, data, generate } = step.with;
      return [{ namespace, name, keys: [...Object.keys(data), ...Object.keys(generate)] }];
    }
    if (step.kind !== 'kubernetes.apply') return [];
    const { secrets, namespace: otherwise = 'default' } = step.with;
    return Object.entries(secrets).map(([named, data]) => {
      const [first = '', second] = named.split('/');
      return {
        namespace: second === undefined ? otherwise : first,
        name: second ?? first,
        keys: Object.keys(data),
      };
    });
  });
  return found.sort((a, b) => compareTexts(`${a.namespace}/${a.name}`, `${b.namespace}/${b.name}`));
}

function secretBlocks({ namespace, name, keys }: SecretPlace): readonly Block[] {
  return [
    heading(`${namespace}/${name}`, 3),
    commands(
      ...keys.map((key) => {
        const field = /^[\w-]+$/.test(key) ? `.data.${key}` : `.data['${key.replaceAll('.', '\\.')}']`;
        const path = quoted(`jsonpath={${field}}`);
        return `kubectl get secret ${quoted(name)} --namespace ${quoted(namespace)} --output ${path} | base64 --decode`;
      }),
    ),
  ];
}
