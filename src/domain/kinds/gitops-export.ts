import { z } from 'zod';
import { secretReference, targetName } from './common.ts';
import { stepKind } from './descriptor.ts';

/** What `git check-ref-format` takes of a branch, and nothing that could be taken for an option. */
const branch = z
  .string()
  .max(200)
  .regex(
    /^(?!.*(\.\.|\/\/|\/\.|@\{|\.lock(\/|$)))[A-Za-z0-9_][A-Za-z0-9._/@+-]*(?<![./])$/,
    'must be the name of a branch, such as main',
  );

const place = z
  .string()
  .max(500)
  .regex(
    /^[A-Za-z0-9_][A-Za-z0-9._-]*(\/[A-Za-z0-9_][A-Za-z0-9._-]*)*$/,
    'must be a directory such as clusters/production',
  );

/** Names and addresses stand in commits: no line ends, and none of the marks that Git puts around them. */
const person = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^<>\p{Cc}]+$/u, 'must have none of < and >, and be one line');

/** `gitops.export`: what the rollout has applied to a cluster, as files of a Git repository. */
const gitopsExport = z.strictObject({
  cluster: targetName.describe('Whose objects are exported.'),
  branch: branch.default('main').describe('Made where it is missing; commits of others stay.'),
  path: place.describe('Directory of the repository that is all of this export.'),
  layout: z
    .enum(['plain', 'argocd', 'flux'])
    .default('plain')
    .describe('`plain` is a kustomization; the others have what Argo CD or Flux follows it by.'),
  author: z
    .strictObject({ name: person, email: person })
    .default({ name: 'Windlass', email: 'windlass@users.noreply.invalid' })
    .describe('Of commits.'),
  signingKey: secretReference
    .optional()
    .describe('OpenSSH private key without a passphrase that commits are signed with.'),
});
export type GitopsExportSpec = z.output<typeof gitopsExport>;

export const gitopsExportKind = stepKind(gitopsExport)({
  targets: ['git'],
  gateOnly: false,
  files: {},
  uses: { cluster: { kind: 'kubernetes', what: 'gitops.export' } },
  declares: null,
  rights: { on: ({ cluster }) => cluster, everything: ['get'], inventory: ['get'] },
  byHand: false,
  proves: false,
  drifts: 'state',
  docs: { page: 'steps/gitops.md', summary: 'what was applied to a cluster, as files of a Git repository' },
});
