import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { loadRollout } from '../../src/bundle/load.ts';
import { loadedFiles } from '../../src/bundle/files.ts';
import { problemLine } from '../../src/bundle/problem.ts';
import { shapeOf } from '../../src/domain/shape.ts';
import { stepKind } from '../../src/domain/kinds/descriptor.ts';
import { STEP_KINDS } from '../../src/domain/kinds/table.ts';
import { allDeclared } from '../../src/kubernetes/prune/declared.ts';
import { declaredOn } from '../../src/steps/declared-on.ts';
import { STEP_OPENERS, type OpenerTable } from '../../src/steps/openers.ts';
import { planRollout } from '../../src/steps/plan.ts';
import { rolloutOf } from '../bundle/scratch.ts';
import { undocumented } from '../support/kind-docs.ts';
import { TOY_KINDS, TOY_OPENERS, toyLabel } from './toy-kind.ts';

const NOTE = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: note }\n';
/** The sound rollout of the fixtures, whose last phase has a step of the toy kind, and no other of it. */
const withToy = async (spec: string, files: Readonly<Record<string, string>> = { 'notes/note.yaml': NOTE }) => {
  const base = await readFile(new URL('../fixtures/rollouts/bad-input/base/rollout.yaml', import.meta.url), 'utf8');
  const toy = `    - name: labels\n      steps:\n        - { name: toy, kind: toy.label, target: cluster, with: ${spec} }\n`;
  return rolloutOf(null, { 'rollout.yaml': base + toy, ...files });
};
const load = async (path: string) => loadRollout(path, 'lab', { parameters: {}, kinds: TOY_KINDS });
const loaded = async (path: string) => {
  const result = await load(path);
  if (!result.ok) throw new Error(result.problems.map(problemLine).join('\n'));
  return result;
};
const problems = async (spec: string, files?: Readonly<Record<string, string>>) => {
  await using rollout = await withToy(spec, files);
  const result = await load(rollout.path);
  return result.ok ? [] : result.problems.map(problemLine);
};
const SPEC = '{ manifests: [notes], namespace: shop, label: blue, archive: objects }';

describe('a step kind that is added as CONTRIBUTING.md says', () => {
  test('is validated: its fields, its target, the targets that it uses, its files', async () => {
    expect(await problems(SPEC)).toEqual([]);
    expect(await problems('{ manifests: [notes], label: blue, labl: red }')).toEqual([
      expect.stringContaining('unknown field "labl" (did you mean "label"?)'),
    ]);
    expect(await problems('{ manifests: [notes], label: blue, archive: db }')).toEqual([
      expect.stringContaining('archive of toy.label needs a target of kind s3, and "db" is of kind postgres'),
    ]);
    expect(await problems('{ manifests: [note], label: blue }')).toEqual([
      expect.stringContaining('there is no file or directory "note" in the rollout directory'),
    ]);
    const secret = `${NOTE.replace('ConfigMap', 'Secret')}stringData: { a: canary }\n`;
    expect(await problems(SPEC, { 'notes/note.yaml': secret })).toEqual([
      expect.stringMatching(/^notes\/note\.yaml:4:\d+: /),
    ]);
    // It owns what it declares, as its descriptor says.
    const web = await readFile(
      new URL('../fixtures/rollouts/bad-input/base/manifests/web.yaml', import.meta.url),
      'utf8',
    );
    expect(await problems(SPEC, { 'notes/web.yaml': web })).toContainEqual(
      expect.stringContaining('(steps application/web and labels/toy)'),
    );
  });

  test('has its files in the bundle, and its shape for the workflows', async () => {
    await using rollout = await withToy(SPEC);
    const { bundle, files } = await loaded(rollout.path);
    expect(files.get('notes/note.yaml')).toBe(NOTE);
    expect(Object.keys(bundle.files)).toContain('notes/note.yaml');
    const shape = shapeOf(bundle, TOY_KINDS).phases.at(-1)?.steps.at(-1);
    expect(shape).toMatchObject({ name: 'toy', kind: 'toy.label', target: 'cluster', byHand: true });
  });

  test('is planned by its own engine', async () => {
    await using rollout = await withToy(SPEC);
    const result = await loaded(rollout.path);
    const toy = { ...result.bundle, phases: result.bundle.phases.slice(-1) };
    const options = { env: {}, signal: AbortSignal.timeout(240_000) };
    const openable = { kinds: TOY_KINDS, openers: TOY_OPENERS };
    const plans = await Array.fromAsync(planRollout(toy, loadedFiles(result), options, openable));
    expect(plans).toMatchObject([
      {
        step: 'toy',
        failure: null,
        undo: 'Take the label off.',
        changes: [{ what: 'label blue of notes/note.yaml' }],
      },
    ]);
    // Whoever does not know the kind says so.
    const [unknown] = await Array.fromAsync(planRollout(toy, loadedFiles(result), options));
    expect(unknown?.failure).toMatchObject({ type: 'InvalidRollout', object: 'toy' });
  });

  test('declares its objects, so that no prune proposes them', async () => {
    await using rollout = await withToy(SPEC);
    const result = await loaded(rollout.path);
    const note = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'note' };
    const declared = async (kinds: Parameters<typeof declaredOn>[2]) =>
      allDeclared(declaredOn('cluster', result.bundle, kinds), loadedFiles(result));
    expect((await declared(TOY_KINDS)).has(note)).toBe(true);
    // Whoever does not know the kind cannot tell what may be deleted.
    expect(() => declaredOn('cluster', result.bundle, STEP_KINDS)).toThrow(
      expect.objectContaining({
        type: 'InvalidRollout',
        options: expect.objectContaining({ object: 'toy' }),
        message: expect.stringContaining('toy.label'),
      }),
    );
  });

  test('is missed in the guide until it is documented', async () => {
    const pages: Record<string, string> = { 'rollout-file.md': '', 'steps/toy.md': '' };
    const document = (name: string) => Promise.resolve(pages[name] ?? '');
    const toy = { 'toy.label': TOY_KINDS['toy.label'] };
    expect(await undocumented(toy, document)).toEqual([
      'docs/rollout-file.md: | [`toy.label`](steps/toy.md#toylabel) | labels what it is told to |',
      'docs/steps/toy.md: a section "toy.label"',
      ...['manifests', 'namespace', 'label', 'archive'].map(
        (field) => `docs/steps/toy.md: the field ${field} of toy.label`,
      ),
    ]);
    pages['rollout-file.md'] = '| [`toy.label`](steps/toy.md#toylabel) | labels what it is told to |\n';
    pages['steps/toy.md'] = '# Toys\n\n## `toy.label`\n\nmanifests, namespace, label, archive\n';
    expect(await undocumented(toy, document)).toEqual([]);
  });

  test('does not compile while a part of it is forgotten', () => {
    const rest = {
      targets: ['kubernetes'],
      gateOnly: false,
      files: { 'manifests.*': 'manifests' },
      uses: { archive: { kind: 's3', what: 'archive' } },
      byHand: false,
      proves: false,
      rights: null,
      drifts: null,
      docs: { page: 'steps/toy.md', summary: '' },
    } as const;
    // The compiler tells of each of these; `make typecheck` fails where it does not.
    const forgotten = [
      // @ts-expect-error whether it declares objects is not said: a prune would delete them
      stepKind(toyLabel)(rest),
      // @ts-expect-error a file that it names is not said: it would not be in the bundle
      stepKind(toyLabel)({ ...rest, declares: null, files: {} }),
      // @ts-expect-error a target that it uses is not said: nothing would check that it is there
      stepKind(toyLabel)({ ...rest, declares: null, uses: {} }),
      // @ts-expect-error it has no opener: its steps could not be planned
      STEP_OPENERS satisfies OpenerTable<typeof TOY_KINDS>,
    ];
    expect(forgotten).toHaveLength(4);
  });

  test('has no charts of its own: src/bundle/rendered knows one kind alone that is rendered', () => {
    const rendered = Object.entries(STEP_KINDS).filter(([, { files }]) =>
      (Object.values(files) as readonly string[]).includes('rendered'),
    );
    expect(rendered.map(([kind]) => kind)).toEqual(['kubernetes.apply']);
  });
});
