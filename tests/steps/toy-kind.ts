import { z } from 'zod';
import { name, path, targetName } from '../../src/domain/kinds/common.ts';
import { manifestsOf, stepKind } from '../../src/domain/kinds/descriptor.ts';
import { STEP_KINDS } from '../../src/domain/kinds/table.ts';
import type { StepEngine } from '../../src/domain/step-engine.ts';
import { bind } from '../../src/steps/bound-step.ts';
import { STEP_OPENERS, type OpenerTable } from '../../src/steps/openers.ts';

/** A kind as CONTRIBUTING.md, "Add a step kind", says: schema, descriptor, engine, opener. */
export const toyLabel = z.strictObject({
  manifests: z.array(path).min(1).describe('What is labelled.'),
  namespace: name.optional(),
  label: z.string().min(1),
  archive: targetName.optional().describe('An s3 target that keeps what was there.'),
});
type ToyLabelSpec = z.output<typeof toyLabel>;

const toyLabelKind = stepKind(toyLabel)({
  targets: ['kubernetes'],
  gateOnly: false,
  files: { 'manifests.*': 'manifests' },
  uses: { archive: { kind: 's3', what: 'archive' } },
  declares: { as: 'owner', of: manifestsOf },
  byHand: true,
  proves: false,
  rights: { declared: () => ['get', 'patch'] },
  drifts: 'state',
  docs: { page: 'steps/toy.md', summary: 'labels what it is told to' },
});

const toyLabelEngine: StepEngine<ToyLabelSpec> = {
  plan: (spec, { files }) =>
    Promise.resolve(
      spec.manifests
        .flatMap((manifest) => files.list(manifest))
        .map((file) => ({ action: 'update', what: `label ${spec.label} of ${file}`, destructive: false })),
    ),
  apply: () => Promise.resolve({ changes: [], findings: [] }),
  verify: () => Promise.resolve([]),
  undo: () => 'Take the label off.',
};

export const TOY_KINDS = { ...STEP_KINDS, 'toy.label': toyLabelKind };

export const TOY_OPENERS = {
  ...STEP_OPENERS,
  'toy.label': (step) => Promise.resolve(bind(toyLabelEngine, step.with)),
} as const satisfies OpenerTable<typeof TOY_KINDS>;
