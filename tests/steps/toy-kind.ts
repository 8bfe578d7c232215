import { z } from 'zod';
import { name, path, targetName } from '../../src/domain/kinds/common.ts';
import { manifestsOf, stepKind } from '../../src/domain/kinds/descriptor.ts';
import { STEP_KINDS } from '../../src/domain/kinds/table.ts';
import type { StepEngine } from '../../src/domain/step-engine.ts';
import { bind } from '../../src/steps/bound-step.ts';
import { STEP_OPENERS, type OpenerTable } from '../../src/steps/openers.ts';

/** A kind as CONTRIBUTING.md, "Add a step kind", says: schema, descriptor, engine, opener. */
const toyLabel = z.strictObject({
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

/** What does not compile: each would be found wrong by somebody's data otherwise. */
const rest = {
  targets: ['kubernetes'],
  gateOnly: false,
  files: { 'manifests.*': 'manifests' },
  uses: { archive: { kind: 's3', what: 'archive' } },
  byHand: false,
  proves: false,
  docs: { page: 'steps/toy.md', summary: '' },
} as const;
export const FORGOTTEN = [
  // @ts-expect-error whether it declares objects is not said: a prune would delete them
  stepKind(toyLabel)(rest),
  // @ts-expect-error a file that it names is not said: it would not be in the bundle
  stepKind(toyLabel)({ ...rest, declares: null, files: {} }),
  // @ts-expect-error a target that it uses is not said: nothing would check that it is there
  stepKind(toyLabel)({ ...rest, declares: null, uses: {} }),
  // @ts-expect-error a place that its schema does not have
  stepKind(toyLabel)({ ...rest, declares: null, files: { ...rest.files, 'manifest.*': 'manifests' } }),
  // @ts-expect-error it has no opener: its steps could not be planned
  STEP_OPENERS satisfies OpenerTable<typeof TOY_KINDS>,
];
