import { z } from 'zod';
import type { Resolved } from '../reference.ts';
import { name, objectName, secretReference } from './common.ts';
import { stepKind } from './descriptor.ts';
import { INVENTORY, namespacesRead } from './rights.ts';

const key = z.string().regex(/^[-._a-zA-Z0-9]{1,253}$/, 'must be letters, digits, "-", "_" and "."');

/** Characters that generated values are made of. All but `symbols` pass through URLs, shells and YAML as they are. */
export const ALPHABETS = {
  alphanumeric: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789',
  hex: '0123456789abcdef',
  digits: '0123456789',
  symbols: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&()*+,-./:;<=>?@[]^_{|}~',
} as const;

const generated = z.strictObject({
  length: z.int().min(8).max(4096).default(32),
  alphabet: z.enum(['alphanumeric', 'hex', 'digits', 'symbols']).default('alphanumeric'),
  rotate: z
    .string()
    .min(1)
    .optional()
    .describe('A new value is made whenever this text is another than before; any text will do, such as a date.'),
});

/**
 * `kubernetes.secret`: a Secret whose values come from references or are generated. They never leave the worker.
 *
 * @internal exported for its tests
 */
export const kubernetesSecret = z
  .strictObject({
    name: objectName,
    namespace: name,
    type: z.string().min(1).default('Opaque').describe('Cannot be changed later.'),
    labels: z.record(z.string(), z.string()).default({}),
    data: z.record(key, secretReference).default({}).describe('Where the value of each key is.'),
    generate: z.record(key, generated).default({}).describe('Keys whose values are made up, and kept from then on.'),
    placeholders: z
      .array(z.string().min(1))
      .default([])
      .describe('Values that stand for none: they are replaced whoever wrote them, and nothing is lost by it.'),
    force: z.boolean().default(false).describe('Take over keys that another manager owns.'),
  })
  .refine(({ data, generate }) => Object.keys(data).length + Object.keys(generate).length > 0, {
    error: 'needs at least one key in data or generate',
  })
  .refine(({ data, generate }) => Object.keys(data).every((name) => !Object.hasOwn(generate, name)), {
    error: 'has a key in both data and generate',
  });
export type KubernetesSecretSpec = Resolved<z.output<typeof kubernetesSecret>>;
export type GeneratedValue = z.output<typeof generated>;

export const kubernetesSecretKind = stepKind(kubernetesSecret)({
  targets: ['kubernetes'],
  gateOnly: false,
  files: {},
  uses: {},
  declares: {
    as: 'owner',
    of: ({ namespace, name }) => ({ objects: [{ apiVersion: 'v1', kind: 'Secret', namespace, name }] }),
  },
  rights: {
    declared: () => ['get', 'create', 'patch'],
    inventory: INVENTORY,
    others: ({ namespace }) => namespacesRead([namespace]),
  },
  byHand: false,
  proves: false,
  drifts: 'state',
  docs: { page: 'steps/kubernetes.md', summary: 'makes a Secret from references or generated values' },
});
