import { findCycle, type Node } from '../../domain/graph.ts';
import type { PhaseDraft, RolloutDraft, StepDraft } from '../draft.ts';
import type { Problem } from '../problem.ts';
import type { Content } from '../source/content.ts';
import { didYouMean, listed } from '../../domain/suggest.ts';

/** What is wrong with the names and the `needs` of phases and of the steps in each. */
export function graphProblems(rollout: Content, draft: RolloutDraft): readonly Problem[] {
  return [
    ...namesTwice(rollout, draft.phases, 'phase'),
    ...unknownNeeds(rollout, draft.phases, 'phase', () => ''),
    ...cycles(rollout, draft.phases, 'phases'),
    ...draft.phases.flatMap((phase) => [
      ...namesTwice(rollout, phase.steps, 'step'),
      ...unknownNeeds(rollout, phase.steps, 'step', (need) => elsewhere(need, phase, draft)),
      ...cycles(rollout, phase.steps, 'steps'),
    ]),
  ];
}

type Draft = PhaseDraft | StepDraft;

/** How many cycles are told of one graph: cut those, and the others show. */
const CYCLES = 10;
/** How many names of a cycle are told. */
const ALONG = 20;
/** How many unknown needs are told with what may have been meant: each is compared with every name. */
const HINTS = 50;

function namesTwice(rollout: Content, nodes: readonly Draft[], what: string): readonly Problem[] {
  const first = new Map(nodes.toReversed().map((node) => [node.name, node]));
  return nodes.flatMap((node) => {
    const other = first.get(node.name);
    if (node.name === '' || other === node || !other) return [];
    const at = rollout.place([...other.path, 'name']);
    return [rollout.at([...node.path, 'name'], `a second ${what} named "${node.name}"; the first is at ${at}`)];
  });
}

function unknownNeeds(
  rollout: Content,
  nodes: readonly Draft[],
  what: string,
  explain: (need: string) => string,
): readonly Problem[] {
  const names = nodes.map((node) => node.name).filter((name) => name !== '');
  const known = new Set(names);
  let hints = 0;
  return nodes.flatMap((node) =>
    node.needs.flatMap((need, index) => {
      if (need === '' || known.has(need)) return [];
      hints += 1;
      const others = (): readonly string[] => names.filter((name) => name !== node.name);
      const hint =
        hints > HINTS ? '' : explain(need) || didYouMean(need, others()) || `; there are ${listed(others())}`;
      return [rollout.at([...node.path, 'needs', index], `needs an unknown ${what} "${need}"${hint}`)];
    }),
  );
}

function elsewhere(need: string, phase: PhaseDraft, draft: RolloutDraft): string {
  const owner = draft.phases.find((other) => other !== phase && other.steps.some((step) => step.name === need));
  return owner === undefined
    ? ''
    : `; it is a step of phase "${owner.name}", and steps wait only for steps of their own phase: let phase "${phase.name}" need phase "${owner.name}"`;
}

/** Cycles that are left once those found before are cut, each at the `needs` that closes it: the first few. */
function cycles(rollout: Content, nodes: readonly Draft[], what: string): readonly Problem[] {
  let graph: readonly Node[] = nodes.map(({ name, needs }) => ({ name, needs }));
  const problems: Problem[] = [];
  for (let cycle = findCycle(graph); cycle !== null && problems.length < CYCLES; cycle = findCycle(graph)) {
    const [from, to] = [cycle.at(-2), cycle.at(-1)];
    const node = nodes.find((one) => one.name === from);
    const index = node?.needs.indexOf(to ?? '') ?? -1;
    if (!node || index < 0) break;
    problems.push(
      rollout.at([...node.path, 'needs', index], `${what} wait for each other: ${shortened(cycle).join(' -> ')}`),
    );
    graph = graph.map((one) => (one.name === from ? { ...one, needs: one.needs.filter((need) => need !== to) } : one));
  }
  return problems;
}

function shortened(cycle: readonly string[]): readonly string[] {
  if (cycle.length <= ALONG) return cycle;
  const half = ALONG / 2;
  return [...cycle.slice(0, half), `(${cycle.length - ALONG} more)`, ...cycle.slice(-half)];
}
