import { path as rolloutPath } from '../domain/kinds/common.ts';
import type { Node } from '../domain/graph.ts';
import { step as stepSchema, type StepFile } from '../domain/step.ts';
import type { Path } from './source/yaml-source.ts';

/**
 * A rollout file as far as it can be understood, so that everything wrong with it is found at once: what has the wrong
 * form is left out here and reported where the schema is checked.
 */
export interface RolloutDraft {
  readonly targets: ReadonlyMap<string, string | undefined>;
  readonly phases: readonly PhaseDraft[];
}

export interface PhaseDraft extends Node {
  readonly path: Path;
  readonly steps: readonly StepDraft[];
}

export interface StepDraft extends Node {
  readonly path: Path;
  readonly kind: string | undefined;
  readonly target: string | undefined;
  /** The data of `with`. */
  readonly with: Readonly<Record<string, unknown>>;
  readonly when: Readonly<Record<string, unknown>> | undefined;
  /** Null when the schema refuses the step. */
  readonly step: StepFile | null;
}

export function draftOf(data: unknown): RolloutDraft {
  const targets = Object.entries(fieldsOf(data, 'spec', 'targets'));
  return {
    targets: new Map(targets.map(([name, target]) => [name, text(fieldsOf(target)['kind'])])),
    phases: listOf(fieldsOf(data, 'spec')['phases']).map((phase, index) => phaseOf(phase, ['spec', 'phases', index])),
  };
}

function phaseOf(data: unknown, path: Path): PhaseDraft {
  const fields = fieldsOf(data);
  return {
    name: text(fields['name']) ?? '',
    needs: textsOf(fields['needs']),
    path,
    steps: listOf(fields['steps']).map((step, index) => stepOf(step, [...path, 'steps', index])),
  };
}

function stepOf(data: unknown, path: Path): StepDraft {
  const fields = fieldsOf(data);
  const parsed = stepSchema.safeParse(data);
  return {
    name: text(fields['name']) ?? '',
    needs: textsOf(fields['needs']),
    path,
    kind: text(fields['kind']),
    target: text(fields['target']),
    with: fieldsOf(fields['with']),
    when: fields['when'] === undefined ? undefined : fieldsOf(fields['when']),
    step: parsed.success ? parsed.data : null,
  };
}

/** A file or directory that a step refers to, and where it does. */
export interface FileReference {
  readonly role: 'manifests' | 'migrations' | 'stand-in';
  readonly target: string;
  readonly path: Path;
}

/** What a step refers to, told by the fields alone, so that the files of a step of a misspelt kind are checked too. */
export function fileReferences(step: StepDraft): readonly FileReference[] {
  const at = (
    role: FileReference['role'],
    target: unknown,
    ...below: (string | number)[]
  ): readonly FileReference[] => {
    const parsed = rolloutPath.safeParse(target);
    return parsed.success ? [{ role, target: parsed.data, path: [...step.path, 'with', ...below] }] : [];
  };
  return [
    ...listOf(step.with['manifests']).flatMap((target, index) => at('manifests', target, 'manifests', index)),
    ...at('migrations', fieldsOf(step.with['source'])['directory'], 'source', 'directory'),
    ...listOf(fieldsOf(step.with['source'])['artifacts']).flatMap((artifact, index) =>
      at('stand-in', fieldsOf(artifact)['standIn'], 'source', 'artifacts', index, 'standIn'),
    ),
  ];
}

/** The fields below a path of names; none when there is no mapping. */
export function fieldsOf(data: unknown, ...names: readonly string[]): Readonly<Record<string, unknown>> {
  const found = names.reduce<unknown>((value, name) => (isMapping(value) ? value[name] : undefined), data);
  return isMapping(found) ? found : {};
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function textsOf(value: unknown): readonly string[] {
  return listOf(value).map((item) => text(item) ?? '');
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
