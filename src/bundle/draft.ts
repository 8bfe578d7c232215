import type { z } from 'zod';
import { naming as namingSchema } from '../domain/kinds/postgres-migrate.ts';
import type { Naming } from '../domain/migration-naming.ts';
import type { Node } from '../domain/graph.ts';
import { probeKind } from '../domain/kinds/probe.ts';
import { path as rolloutPath } from '../domain/kinds/common.ts';
import type { AnyStepKind, FileRole, StepKindTable, TargetKind } from '../domain/kinds/descriptor.ts';
import { valuesAt } from '../domain/kinds/places.ts';
import { MEASURED } from '../domain/measure.ts';
import type { StepFile } from '../domain/step.ts';
import type { Path } from './source/yaml-source.ts';

/**
 * A rollout file as far as it can be understood, so that everything wrong with it is found at once: what has the wrong
 * form is left out here and reported where the schema is checked.
 */
export interface RolloutDraft {
  readonly targets: ReadonlyMap<string, string | undefined>;
  readonly phases: readonly PhaseDraft[];
  readonly measures: readonly MeasureDraft[];
  readonly checks: readonly CheckDraft[];
}

/** One of what `when` asks. */
interface ConditionDraft {
  readonly path: Path;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** One check of `spec.readiness`. */
interface CheckDraft {
  /** AREA/CHECK */
  readonly name: string;
  readonly path: Path;
  readonly evidence: Readonly<Record<string, unknown>>;
  /** The targets that its question names; none where it asks no target. */
  readonly targets: readonly TargetReference[];
  readonly conditions: readonly ConditionDraft[];
}

/** One of `spec.measures`. */
interface MeasureDraft {
  readonly name: string;
  readonly path: Path;
  /** The data of `with`. */
  readonly with: Readonly<Record<string, unknown>>;
  /** The target that it asks; null where it names none, or what it asks is unknown. */
  readonly target: TargetReference | null;
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
  readonly conditions: readonly ConditionDraft[];
  /** What is known of its kind; null when the kind is unknown. */
  readonly descriptor: AnyStepKind | null;
  /** The files that it names. Where its kind is misspelt these are those that it would name by any kind. */
  readonly files: readonly FileReference[];
  /** The targets that it names, its own first; where its kind is misspelt as with files. */
  readonly targets: readonly TargetReference[];
  /** Null when the schema refuses the step. */
  readonly step: StepFile | null;
}

/** How steps are understood: by the descriptors of their kinds, and the schema made from these. */
export interface KnownKinds {
  readonly kinds: StepKindTable;
  readonly steps: z.ZodType<StepFile>;
}

export function draftOf(data: unknown, known: KnownKinds): RolloutDraft {
  const targets = Object.entries(fieldsOf(data, 'spec', 'targets'));
  return {
    targets: new Map(targets.map(([name, target]) => [name, text(fieldsOf(target)['kind'])])),
    phases: listOf(fieldsOf(data, 'spec')['phases']).map((phase, index) =>
      phaseOf(phase, ['spec', 'phases', index], known),
    ),
    measures: listOf(fieldsOf(data, 'spec')['measures']).map((measure, index) =>
      measureOf(measure, ['spec', 'measures', index]),
    ),
    checks: listOf(fieldsOf(data, 'spec', 'readiness')['areas']).flatMap((area, index) => {
      const { name, checks } = fieldsOf(area);
      const path: Path = ['spec', 'readiness', 'areas', index, 'checks'];
      return listOf(checks).map((check, at) => checkOf(check, text(name) ?? '', [...path, at]));
    }),
  };
}

function measureOf(data: unknown, path: Path): MeasureDraft {
  const fields = fieldsOf(data);
  const target = text(fields['target']);
  const asked = fieldsOf(fields['with']);
  const protocol = text(asked['protocol']) ?? '';
  const actsOn = Object.hasOwn(MEASURED, protocol) ? MEASURED[protocol] : undefined;
  return {
    name: text(fields['name']) ?? '',
    path,
    with: asked,
    target:
      target === undefined || actsOn === undefined
        ? null
        : { target, path: [...path, 'target'], kinds: actsOn.targets, what: actsOn.what },
  };
}

function conditionsOf(when: unknown, path: Path): readonly ConditionDraft[] {
  if (Array.isArray(when)) return when.map((one, index) => ({ path: [...path, index], fields: fieldsOf(one) }));
  return when === undefined ? [] : [{ path, fields: fieldsOf(when) }];
}

function checkOf(data: unknown, area: string, path: Path): CheckDraft {
  const fields = fieldsOf(data);
  const evidence = fieldsOf(fields['evidence']);
  return {
    name: `${area}/${text(fields['name']) ?? ''}`,
    path,
    evidence,
    targets: evidence['from'] === 'probe' ? probedBy(evidence, [...path, 'evidence']) : [],
    conditions: conditionsOf(fields['when'], [...path, 'when']),
  };
}

/** What a question of a check's own names is what a step of kind probe would. */
function probedBy(evidence: Readonly<Record<string, unknown>>, path: Path): readonly TargetReference[] {
  const asked = fieldsOf(evidence['with']);
  const own = ownTarget('probe', text(evidence['target']), asked, probeKind, path);
  return [...(own === null ? [] : [own]), ...targetsOf('probe', asked, [probeKind], path)];
}

function phaseOf(data: unknown, path: Path, known: KnownKinds): PhaseDraft {
  const fields = fieldsOf(data);
  return {
    name: text(fields['name']) ?? '',
    needs: textsOf(fields['needs']),
    path,
    steps: listOf(fields['steps']).map((step, index) => stepOf(step, [...path, 'steps', index], known)),
  };
}

function stepOf(data: unknown, path: Path, { kinds, steps }: KnownKinds): StepDraft {
  const fields = fieldsOf(data);
  const parsed = steps.safeParse(data);
  const kind = text(fields['kind']);
  const descriptor = kind !== undefined && Object.hasOwn(kinds, kind) ? (kinds[kind] ?? null) : null;
  const candidates = descriptor === null ? Object.values(kinds) : [descriptor];
  const spec = fieldsOf(fields['with']);
  const own = ownTarget(kind, text(fields['target']), spec, descriptor, path);
  return {
    name: text(fields['name']) ?? '',
    needs: textsOf(fields['needs']),
    path,
    kind,
    target: text(fields['target']),
    with: spec,
    conditions: conditionsOf(fields['when'], [...path, 'when']),
    descriptor,
    files: filesOf(spec, candidates, path),
    targets: [...(own === null ? [] : [own]), ...(kind === undefined ? [] : targetsOf(kind, spec, candidates, path))],
    step: parsed.success ? parsed.data : null,
  };
}

/** A file or directory that a step refers to, and where it does. */
export interface FileReference {
  readonly role: Exclude<FileRole, 'rendered'>;
  readonly target: string;
  readonly path: Path;
  /** How the files of a directory of migrations are named, where the step says so. */
  readonly naming?: Naming;
}

/** A target that a step refers to, and where it does. */
export interface TargetReference {
  readonly target: string;
  readonly path: Path;
  /** What it may be. */
  readonly kinds: readonly TargetKind[];
  /** What acts on the target, for the message. */
  readonly what: string;
}

/** What is rendered has files of its own, which the renderer finds. */
function filesOf(spec: unknown, kinds: readonly AnyStepKind[], path: Path): readonly FileReference[] {
  return placesOf(kinds.map(({ files }) => files)).flatMap(([place, role]) => {
    if (role === 'rendered') return [];
    return valuesAt(spec, place).flatMap(({ value, path: below }) => {
      const parsed = rolloutPath.safeParse(value);
      return parsed.success
        ? [
            {
              role,
              target: parsed.data,
              path: [...path, 'with', ...below],
              ...(role === 'migrations' ? namingOf(spec) : {}),
            },
          ]
        : [];
    });
  });
}

function namingOf(spec: unknown): Pick<FileReference, 'naming'> {
  const [given] = valuesAt(spec, 'source.naming');
  const parsed = namingSchema.safeParse(given?.value);
  return parsed.success ? { naming: parsed.data } : {};
}

function ownTarget(
  kind: string | undefined,
  target: string | undefined,
  spec: Readonly<Record<string, unknown>>,
  descriptor: AnyStepKind | null,
  path: Path,
): TargetReference | null {
  if (kind === undefined || target === undefined || descriptor === null) return null;
  const { targets, targetsBy } = descriptor;
  const actsOn = targetsBy === undefined ? { targets, what: kind } : targetsBy(spec);
  if (actsOn === null || actsOn.targets.length === 0) return null;
  return { target, path: [...path, 'target'], kinds: actsOn.targets, what: actsOn.what };
}

function targetsOf(kind: string, spec: unknown, kinds: readonly AnyStepKind[], path: Path): readonly TargetReference[] {
  return placesOf(kinds.map(({ uses }) => uses)).flatMap(([place, use]) =>
    valuesAt(spec, place).flatMap(({ value, path: below }) =>
      typeof value === 'string'
        ? [{ target: value, path: [...path, 'with', ...below], kinds: [use.kind], what: `${use.what} of ${kind}` }]
        : [],
    ),
  );
}

/** The places of several kinds, each once. */
function placesOf<T>(records: readonly Readonly<Record<string, T>>[]): readonly (readonly [string, T])[] {
  return [...new Map(records.flatMap((record) => Object.entries(record)))];
}

/** The fields below a path of names; none when there is no mapping. */
export function fieldsOf(data: unknown, ...names: readonly string[]): Readonly<Record<string, unknown>> {
  const found = names.reduce<unknown>((value, name) => (isMapping(value) ? value[name] : undefined), data);
  return isMapping(found) ? found : {};
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function textsOf(value: unknown): readonly string[] {
  return listOf(value).map((item) => text(item) ?? '');
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
