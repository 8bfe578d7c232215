import { parse } from 'yaml';
import { readWorkflows } from '../domain/dolphinscheduler/read-workflows.ts';
import { dependsOn, type Workflow } from '../domain/dolphinscheduler/workflow.ts';
import { WindlassFailure } from '../domain/failure.ts';
import { parseJson } from '../domain/json.ts';
import type { BundleFiles } from '../domain/step-engine.ts';
import { splitMark } from './mark.ts';

/**
 * The workflows of files and directories of the bundle, each after those that it waits for.
 *
 * @throws WindlassFailure `InvalidRollout` for a file that a bundle of this version would not have; `BundleMissing`,
 *   `BundleCorrupt`.
 */
export async function workflowsOf(files: BundleFiles, paths: readonly string[]): Promise<readonly Workflow[]> {
  const all: Workflow[] = [];
  for (const file of [...new Set(paths.flatMap((path) => files.list(path)))]) {
    const text = await files.read(file);
    const { workflows } = readWorkflows(/\.json$/i.test(file) ? parseJson(text) : (parse(text) as unknown));
    if (workflows.length === 0)
      throw new WindlassFailure('InvalidRollout', 'The file holds no workflow that this version understands.', {
        object: file,
        next: 'Validate the rollout and start it again.',
      });
    // What was exported from where Windlass wrote it has its mark.
    all.push(...workflows.map((one) => ({ ...one, description: splitMark(one.description).text })));
  }
  return inOrder(all);
}

function inOrder(workflows: readonly Workflow[]): readonly Workflow[] {
  const byName = new Map(workflows.map((workflow) => [workflow.name, workflow]));
  const ordered = new Set<Workflow>();
  const visit = (workflow: Workflow, way: readonly string[]): void => {
    if (ordered.has(workflow) || way.includes(workflow.name)) return;
    for (const name of dependsOn(workflow)) {
      const before = byName.get(name);
      if (before !== undefined) visit(before, [...way, workflow.name]);
    }
    ordered.add(workflow);
  };
  for (const workflow of workflows) visit(workflow, []);
  return [...ordered];
}
