import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ChartRequest, RenderProblem, Rendering } from '../domain/rendering.ts';
import { documentsOf } from './documents.ts';
import { inScratch, writeTree } from './scratch.ts';
import { runTool } from './tool.ts';

/**
 * Renders a chart with `helm template`: no cluster, no network, no plugins. Sources are `CHART/templates/FILE`.
 *
 * @throws WindlassFailure `LabFailed` when Helm cannot be run, does not end in time or writes too much. A chart that
 *   Helm refuses is an answer with problems.
 */
export async function renderChart(helm: string, request: ChartRequest): Promise<Rendering> {
  return inScratch(async (scratch) => {
    const tree = join(scratch, 'tree');
    await writeTree(tree, request.files);
    const values = request.values.map((_, index) => join(scratch, `values-${index}.yaml`));
    for (const [index, file] of values.entries()) await writeFile(file, request.values[index] ?? '', { mode: 0o600 });
    const args = [
      'template',
      request.release,
      join(tree, request.chart),
      ...['--namespace', request.namespace, '--kube-version', request.kubeVersion],
      ...request.apiVersions.flatMap((version) => ['--api-versions', version]),
      ...(request.includeCRDs ? ['--include-crds'] : []),
      ...values.flatMap((file) => ['--values', file]),
    ];
    const { ok, stdout, stderr } = await runTool(helm, args, scratch);
    if (!ok)
      return { ok: false, problems: [helmProblem(stderr.replaceAll(`${tree}/`, '').replaceAll(`${scratch}/`, ''))] };
    return documentsOf(stdout, (text) => /^# Source: (\S+)$/m.exec(text)?.[1] ?? request.chart);
  });
}

/** What Helm said, with the place in a template when it names one: `shop/templates/web.yaml:12:20: executing ...`. */
function helmProblem(stderr: string): RenderProblem {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '' && !/^(level=|WARNING|Use --debug)/.test(line));
  const message = lines
    .join(' ')
    .replace(/^Error: /, '')
    .replace(/\s+/g, ' ')
    .trim();
  const missing = /found in Chart\.yaml, but missing in charts\/ directory: (.*)$/.exec(message)?.[1];
  if (missing !== undefined)
    return {
      message: `its dependencies (${missing}) are not in charts/, and rendering uses no network: put them there with \`helm dependency build\``,
    };
  const all = [...message.matchAll(/([\w.-]+(?:\/[\w.-]+)*\/templates\/[^\s:"<>]+):(\d+)(?::(\d+))?/g)];
  const place = all.at(-1);
  if (place?.[1] === undefined) return { message: `Helm refuses it: ${message}` };
  return {
    source: place[1],
    line: Number(place[2]),
    ...(place[3] === undefined ? {} : { column: Number(place[3]) + 1 }),
    message: `Helm refuses it: ${message}`,
  };
}
