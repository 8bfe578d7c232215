import { jsonText, type Json } from '../../../src/domain/json.ts';
import { readDigits, readList, readText } from '../../../src/domain/json-fields.ts';
import type { Person } from './api.ts';

/** A workflow, by the names of its project and of itself. */
export interface WorkflowAt {
  readonly project: string;
  readonly workflow: string;
}

/** The code of a project; empty where there is none of the name. */
export async function projectCode(person: Person, project: string): Promise<string> {
  const { data } = await person.get(`/projects?pageNo=1&pageSize=100&searchVal=${encodeURIComponent(project)}`);
  return readDigits(
    readList(data, 'totalList').find((found) => readText(found, 'name') === project),
    'code',
  );
}

/** A definition with its tasks and relations; nothing where there is none. */
export async function definitionAt(person: Person, { project, workflow }: WorkflowAt): Promise<Json | undefined> {
  const path = `/projects/${await projectCode(person, project)}/process-definition/query-by-name`;
  return (await person.get(`${path}?name=${workflow}`)).data;
}

/**
 * Works in the Web UI: takes a workflow offline, changes the script of a task, and maybe puts it online again.
 *
 * @throws Error when the server keeps it as it was.
 */
export async function editByHand(
  person: Person,
  at: WorkflowAt,
  { task: name, script, state = 'ONLINE' }: { readonly task: string; readonly script: string; readonly state?: string },
): Promise<void> {
  const dag = await definitionAt(person, at);
  const code = readDigits(dag, 'processDefinition', 'code');
  const path = `/projects/${await projectCode(person, at.project)}/process-definition/${code}`;
  await person.post(`${path}/release`, { releaseState: 'OFFLINE' });
  const tasks = readList(dag, 'taskDefinitionList').map((task) =>
    readText(task, 'name') === name ? { ...(task as object), taskParams: { rawScript: script } } : task,
  );
  const changed = await person.put(path, {
    ...{ name: at.workflow, description: readText(dag, 'processDefinition', 'description') ?? '' },
    ...{ taskDefinitionJson: jsonText(tasks), taskRelationJson: jsonText(readList(dag, 'processTaskRelationList')) },
  });
  if (changed.code !== 0) throw new Error(jsonText(changed.body));
  await person.post(`${path}/release`, { releaseState: state });
}
