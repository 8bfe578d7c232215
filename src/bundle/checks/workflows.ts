import { isExport, namesTwice, readWorkflows, workflowCycle } from '../../domain/dolphinscheduler/read-workflows.ts';
import { symbolsIn, type Workflow } from '../../domain/dolphinscheduler/workflow.ts';
import { workflowFile } from '../../domain/dolphinscheduler/workflow-file.ts';
import type { Json } from '../../domain/json.ts';
import { isList, isObject } from '../../domain/json-fields.ts';
import { holdsAddressWithPassword, holdsPrivateKey, writtenInText } from '../../domain/secret-text.ts';
import { didYouMean, listed } from '../../domain/suggest.ts';
import type { StepDraft } from '../draft.ts';
import type { Problem } from '../problem.ts';
import { Content } from '../source/content.ts';
import { schemaProblems } from '../source/schema-problems.ts';
import { substitute, type Parameters } from '../source/substitute.ts';
import { YamlSource, type Path } from '../source/yaml-source.ts';

/** What a file of workflows holds. */
export interface WorkflowsOfFile {
  readonly path: string;
  readonly workflows: readonly Workflow[];
}

interface WorkflowFileRead extends WorkflowsOfFile {
  /** After substitution. */
  readonly text: string;
  readonly problems: readonly Problem[];
  readonly notes: readonly Problem[];
}

/** Reads and checks one file: YAML of our own, or an export of DolphinScheduler. */
export function readWorkflowFile(path: string, text: string, parameters: Parameters): WorkflowFileRead {
  const nothing = { path, text, workflows: [], notes: [] };
  const source = new YamlSource(path, text);
  const syntax = source.problems();
  if (syntax.length > 0) return { ...nothing, problems: syntax };
  const [document, second] = source.documents;
  if (!document) return { ...nothing, problems: [source.problem(0, 'is empty')] };
  if (second) return { ...nothing, problems: [source.problem(second.range[0], 'must hold one document only')] };
  const filled = substitute(source, parameters);
  const content = new Content(source, document);
  const { workflows, problems } = readWorkflows(content.data);
  const secrets = writtenSecretsIn(content.data as Json, []);
  return {
    ...{ path, text: filled.text, workflows },
    problems: [
      ...filled.problems,
      ...(isExport(content.data) ? [] : schemaProblems(content, workflowFile, filled.failed)),
      ...problems.map((problem) => content.at(problem.path, problem.message)),
      ...secrets.filter(({ certain }) => certain).map(({ at, message }) => content.at(at, message)),
    ],
    notes: secrets.filter(({ certain }) => !certain).map(({ at, message }) => content.at(at, message)),
  };
}

interface Written {
  readonly at: Path;
  readonly message: string;
  readonly certain: boolean;
}

function writtenSecretsIn(value: Json, at: Path): readonly Written[] {
  if (isList(value)) return value.flatMap((item, index) => writtenSecretsIn(item, [...at, index]));
  if (isObject(value)) return Object.entries(value).flatMap(([key, item]) => writtenSecretsIn(item, [...at, key]));
  if (typeof value !== 'string') return [];
  const what = writtenInText(String(at.at(-1) ?? ''), value);
  if (what === null) return [];
  const certain = holdsPrivateKey(value) || holdsAddressWithPassword(value);
  const message = certain
    ? `holds ${what}: secret values never enter a bundle; let a data source or an environment of DolphinScheduler have it`
    : `looks like a secret, ${what}: if it is one, let a data source or an environment of DolphinScheduler have it`;
  return [{ at, message, certain }];
}

/** What is wrong with the workflows of one step taken together. */
export function workflowProblems(
  rollout: Content,
  step: StepDraft,
  files: readonly WorkflowsOfFile[],
): readonly Problem[] {
  const workflows = files.flatMap((file) => file.workflows);
  const names = workflows.map(({ name }) => name);
  const whereIs = (name: string) => files.filter((file) => file.workflows.some((one) => one.name === name));
  const twice = namesTwice(workflows).map((name) => {
    const [first, other = first] = whereIs(name);
    const where = first === other ? 'in it' : `in ${first?.path ?? ''}`;
    return atStart(other?.path ?? '', `a second workflow named "${name}"; the first is ${where}`);
  });
  const cycle = twice.length > 0 ? null : workflowCycle(workflows);
  const around =
    cycle === null
      ? []
      : [atStart(whereIs(cycle[0] ?? '')[0]?.path ?? '', `workflows wait for each other: ${cycle.join(' after ')}`)];
  return [...twice, ...around, ...runProblems(rollout, step, names), ...taskReferences(files)];
}

function runProblems(rollout: Content, step: StepDraft, names: readonly string[]): readonly Problem[] {
  const run = step.with['run'];
  if (names.length === 0 || typeof run !== 'object' || run === null || !('workflow' in run)) return [];
  const { workflow } = run;
  if (typeof workflow !== 'string' || names.includes(workflow)) return [];
  const hint = didYouMean(workflow, names) || `; there are ${listed(names)}`;
  return [rollout.at([...step.path, 'with', 'run', 'workflow'], `no file has a workflow "${workflow}"${hint}`)];
}

/** Tasks of other workflows that are waited for, as far as these are in the files. */
function taskReferences(files: readonly WorkflowsOfFile[]): readonly Problem[] {
  const all = files.flatMap(({ workflows }) => workflows);
  return files.flatMap(({ path, workflows }) =>
    workflows.flatMap((workflow) =>
      symbolsIn(workflow).flatMap((symbol) => {
        if (!('$taskOf' in symbol) || symbol.project !== null) return [];
        const other = all.find(({ name }) => name === symbol.workflow);
        if (other === undefined || other.tasks.some(({ name }) => name === symbol.$taskOf)) return [];
        const known = other.tasks.map(({ name }) => name);
        const hint = didYouMean(symbol.$taskOf, known) || `; there are ${listed(known)}`;
        return [atStart(path, `workflow "${other.name}" has no task "${symbol.$taskOf}"${hint}`)];
      }),
    ),
  );
}

function atStart(file: string, message: string): Problem {
  return { file, line: 1, column: 1, message };
}
