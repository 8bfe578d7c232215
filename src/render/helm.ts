import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MadeUp, MadeUpCertificate } from '../domain/made-up.ts';
import type { ChartRequest, RenderProblem, Rendering } from '../domain/rendering.ts';
import { documentsOf } from './documents.ts';
import { inScratch, writeTree } from './scratch.ts';
import { runTool } from './tool.ts';

/**
 * Renders a chart as `helm template` does: no cluster, no network, no plugins. Sources are `CHART/templates/FILE`.
 *
 * @param program `tools/render/chart-renderer`
 * @throws WindlassFailure `LabFailed` when the program cannot be run, `LimitExceeded` when it takes or writes too much. A
 *   chart that Helm refuses is an answer with problems.
 */
export async function renderChart(program: string, request: ChartRequest): Promise<Rendering> {
  return inScratch(async (scratch) => {
    const tree = join(scratch, 'tree');
    await writeTree(tree, request.files);
    const valuesFiles = request.values.map((_, index) => join(scratch, `values-${index}.yaml`));
    for (const [index, file] of valuesFiles.entries())
      await writeFile(file, request.values[index] ?? '', { mode: 0o600 });
    const { release, namespace, includeCRDs, kubeVersion, served, apiVersions, seed, now } = request;
    const asked = {
      ...{ chart: join(tree, request.chart), valuesFiles },
      ...{ release, namespace, includeCRDs, kubeVersion, served, apiVersions, seed, now },
    };
    const { ok, stdout, stderr } = await runTool(program, [], scratch, JSON.stringify(asked));
    if (!ok)
      return { ok: false, problems: [helmProblem(stderr.replaceAll(`${tree}/`, '').replaceAll(`${scratch}/`, ''))] };
    const answer = JSON.parse(stdout) as Answer;
    const rendering = documentsOf(answer.manifest, (text) => /^# Source: (\S+)$/m.exec(text)?.[1] ?? request.chart);
    if (!rendering.ok) return rendering;
    const { named, asksVersions, asksKubeVersion } = answer;
    const inventions = answer.madeUp.map(({ parts, ...made }) => ({ parts, value: valueOf(made) }));
    return { ...rendering, facts: { inventions, named, asksVersions, asksKubeVersion } };
  });
}

/** What the program answers, see its source. */
interface Answer {
  readonly manifest: string;
  readonly madeUp: readonly (MadeUpByChart & { readonly parts: Readonly<Record<string, string>> })[];
  readonly named: readonly string[];
  readonly asksVersions: boolean;
  readonly asksKubeVersion: boolean;
}

/** Go leaves out what is empty. */
type MadeUpByChart =
  | Exclude<MadeUp, MadeUpCertificate | { kind: 'reference' }>
  | { readonly kind: 'derived' }
  | (Pick<MadeUpCertificate, 'kind'> & Partial<MadeUpCertificate>);

function valueOf(made: MadeUpByChart): MadeUp | null {
  if (made.kind === 'derived') return null;
  if (made.kind !== 'certificate') return made;
  const { commonName = '', addresses = [], names = [], days = 0, authority = false, signer = null } = made;
  return { kind: 'certificate', commonName, addresses, names, days, authority, signer };
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
