import { durationMs } from '../domain/duration.ts';
import type { Finding, FindingOf } from '../domain/evidence.ts';
import type { QueryOutcome } from '../domain/evidence/monitoring.ts';
import { readList, readObject, readText } from '../domain/json-fields.ts';
import type { EngineContext } from '../domain/step-engine.ts';
import { valuesOf, type BoardValues } from './board-values.ts';
import type { Exemptions } from './exemptions.ts';
import { judgeQuery, type Judged, type Knowledge } from './judge.ts';
import { Prometheus } from './prometheus.ts';
import type { Board, Panel } from './read/board.ts';
import type { Rule } from './read/rules.ts';
import type { Asked } from './read/sources.ts';
import { MOST_TRIED, namesIn, substituted } from './variables.ts';
import type { VerifySpec, Watchers } from './watchers.ts';

/** What one look at all of it saw. */
export interface Look {
  readonly findings: readonly Finding[];
  /** How many of the findings do not hold. */
  readonly unanswered: number;
}

interface Looking extends Watchers {
  readonly exemptions: Exemptions;
  readonly source: string;
}

type QueryFinding = FindingOf<'monitoring-query'>;

/**
 * Asks everything once.
 *
 * @throws WindlassFailure, the reason of the signal, as `Prometheus.query` does.
 */
export async function look(asked: Asked, spec: VerifySpec, context: EngineContext, looking: Looking): Promise<Look> {
  const server = new Prometheus(looking.metrics, spec, context);
  const names = await server.values('__name__', null);
  const knowledge: Knowledge = {
    server,
    names: 'got' in names ? new Set(names.got) : null,
    recorded: new Map(
      asked.rules.filter(({ does }) => does === 'record').map(({ name, file, line }) => [name, `${file}:${line}`]),
    ),
  };
  const common = { how: 'real', source: looking.source, time: new Date().toISOString() } as const;
  const found = (one: Omit<QueryFinding, keyof typeof common>): QueryFinding => ({ ...one, ...common });
  const queries: QueryFinding[] = [];
  for (const board of asked.boards) {
    const values = await valuesOf(board, server, durationMs(spec.scrapeInterval) / 1_000);
    const panels = board.panels.filter(({ queries: own }) => own.length > 0);
    queries.push(
      ...(await all(panels, async (panel) => found(await panelFinding(board, panel, values, knowledge, looking)))),
    );
  }
  queries.push(...(await all(asked.rules, async (rule) => found(await ruleFinding(rule, knowledge, looking)))));
  const judged = [
    ...queries,
    { ...(await targetsFinding(server, spec, looking.exemptions)), ...common },
    ...(looking.evaluator === null ? [] : [await rulesFinding(asked.rules, looking.evaluator, context)]),
  ];
  return {
    unanswered: judged.filter(({ holds }) => !holds).length,
    findings: [
      ...judged,
      ...looking.exemptions.findings(looking.source, common.time),
      { ...coverage(asked, queries, looking.source), ...common },
    ],
  };
}

/** How far back curves go, and in how many steps. */
const CURVE = { seconds: 3_600, steps: 31 };
/** How many questions are under way at once. */
const AT_ONCE = 8;

async function all<Item, Result>(
  items: readonly Item[],
  ask: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (let from = 0; from < items.length; from += AT_ONCE)
    results.push(...(await Promise.all(items.slice(from, from + AT_ONCE).map(ask))));
  return results;
}

async function panelFinding(
  board: Board,
  panel: Panel,
  values: BoardValues,
  knowledge: Knowledge,
  { exemptions }: Looking,
): Promise<Pick<QueryFinding, 'kind' | 'about' | 'holds' | 'observed'>> {
  const queries = await all(panel.queries, async ({ ref, line, expr }) => {
    const judged = await judgePanelQuery(expr, values, knowledge);
    return { ref, line, ...judged, ...(await curveOf(judged, knowledge)) };
  });
  const about = { of: 'panel', within: board.title, name: panel.title, file: board.file, line: panel.line } as const;
  return judgedFinding(about, queries, exemptions);
}

/** For a picture of what is there; that it could not be had is told by nobody. */
async function curveOf({ outcome, asked }: Judged & { readonly asked: string }, { server }: Knowledge) {
  if (outcome !== 'data') return {};
  const curve = await server.curve(asked, CURVE.seconds, CURVE.steps);
  return 'got' in curve && curve.got.some((value) => value !== null) ? { curve: curve.got } : {};
}

/** Tries the values of variables that stand for one at a time, until one is answered. */
async function judgePanelQuery(
  expr: string,
  { standings, without }: BoardValues,
  knowledge: Knowledge,
): Promise<Judged & { readonly asked: string }> {
  const names = namesIn(expr);
  const [unset] = names.flatMap((name) => {
    const why = without.get(name);
    return why === undefined ? [] : [{ name, ...why }];
  });
  if (unset !== undefined) {
    const why = `variable ${unset.name} has no value: ${unset.why}`;
    return { asked: expr, outcome: 'no series', series: 0, value: null, why, missing: unset.metrics };
  }
  const unknown = names.find((name) => !standings.has(name));
  if (unknown !== undefined) {
    const why = `its variable ${unknown} is none of the board`;
    return { asked: expr, outcome: 'error', series: 0, value: null, why, missing: [] };
  }
  const single = names.flatMap((name) => {
    const found = standings.get(name);
    return found === undefined || found.many ? [] : [found.values.length];
  });
  const tries = Math.min(MOST_TRIED, Math.max(1, ...single));
  let last: (Judged & { readonly asked: string }) | null = null;
  for (let at = 0; at < tries; at += 1) {
    const asked = substituted(expr, standings, at);
    const judged = await judgeQuery(asked, knowledge);
    if (isAnswered(judged.outcome)) return { ...judged, asked };
    last ??= { ...judged, asked };
  }
  return last ?? { asked: expr, outcome: 'error', series: 0, value: null, why: 'was not asked', missing: [] };
}

async function ruleFinding(
  { file, line, does, group, name, expr }: Rule,
  knowledge: Knowledge,
  { exemptions }: Looking,
): Promise<Pick<QueryFinding, 'kind' | 'about' | 'holds' | 'observed'>> {
  const judged = await judgeQuery(expr, knowledge);
  const about = { of: does, within: group, name, file, line } as const;
  return judgedFinding(about, [{ ref: '', line, asked: expr, ...judged }], exemptions);
}

function isAnswered(outcome: QueryOutcome): boolean {
  return outcome === 'data' || outcome === 'rest' || outcome === 'default';
}

type JudgedQuery = Judged & {
  readonly ref: string;
  readonly line: number;
  readonly asked: string;
  readonly curve?: readonly (number | null)[];
};

function judgedFinding(
  about: QueryFinding['about'],
  queries: readonly JudgedQuery[],
  exemptions: Exemptions,
): Pick<QueryFinding, 'kind' | 'about' | 'holds' | 'observed'> {
  const name = `${about.within} / ${about.name}`;
  const bad = queries.filter(({ outcome }) => !isAnswered(outcome));
  const exempt = bad.map(({ missing }) => exemptions.of(name, missing));
  const open = bad.filter((_query, at) => exempt[at] === null);
  return {
    kind: 'monitoring-query',
    about,
    holds: open.length === 0,
    observed: {
      queries: queries.map(({ ref, line, asked, outcome, series, value, why, curve }) => ({
        ...{ ref, line, asked, outcome, series, value, why },
        ...(curve === undefined ? {} : { curve }),
      })),
      exempt: open.length === 0 ? (exempt[0] ?? null) : null,
      faults: open.map(({ ref, line, outcome, why }) =>
        [ref === '' ? [] : `query ${ref}`, `line ${line}`, `${outcome}: ${why ?? ''}`].flat().join(', '),
      ),
    },
  };
}

async function targetsFinding(
  server: Prometheus,
  { jobs }: VerifySpec,
  exemptions: Exemptions,
): Promise<Pick<FindingOf<'monitoring-targets'>, 'kind' | 'about' | 'holds' | 'observed'>> {
  const [answer, listed] = await Promise.all([server.query('up'), server.targets()]);
  const about = { jobs: Object.fromEntries(jobs.map(({ job, atLeast }) => [job, atLeast])) };
  const up = new Map<string, number>();
  const faults: string[] = 'unknown' in answer ? [`\`up\` ${answer.unknown}`] : [];
  for (const [at, labels] of ('got' in answer ? answer.got.labels : []).entries()) {
    const [job, instance] = [readText(labels, 'job') ?? '', readText(labels, 'instance') ?? ''];
    const isUp = 'got' in answer && answer.got.values[at] === 1;
    if (isUp) up.set(job, (up.get(job) ?? 0) + 1);
    else if (exemptions.of(`${job} / ${instance}`, []) === null)
      faults.push(`${job} / ${instance} is down${scrapeError('got' in listed ? listed.got : [], job, instance)}`);
  }
  for (const { job, atLeast } of jobs)
    if ((up.get(job) ?? 0) < atLeast && exemptions.of(`${job} / `, []) === null)
      faults.push(`job ${job} has ${up.get(job) ?? 0} targets that are up, of at least ${atLeast}`);
  if (up.size === 0 && faults.length === 0) faults.push('nothing is scraped');
  return {
    ...{ kind: 'monitoring-targets', about, holds: faults.length === 0 },
    observed: { up: Object.fromEntries(up), faults },
  };
}

/** What kind of thing went wrong, never more: a scraper quotes addresses, and these may hold what nobody should read. */
function scrapeError(targets: readonly Parameters<typeof readText>[0][], job: string, instance: string): string {
  const target = targets.find(
    (one) => readText(one, 'labels', 'job') === job && readText(one, 'labels', 'instance') === instance,
  );
  const text = readText(target, 'lastError') ?? '';
  const known =
    /connection refused|no such host|deadline exceeded|timeout|status code[^0-9]{0,30}\d{3}|x509|certificate/i;
  const found = known.exec(text)?.[0];
  return found === undefined ? '' : `: ${found}`;
}

async function rulesFinding(
  rules: readonly Rule[],
  evaluator: NonNullable<Watchers['evaluator']>,
  context: EngineContext,
): Promise<FindingOf<'monitoring-rules'>> {
  const answer = await new Prometheus(evaluator, { headers: {} }, context).ruleGroups();
  const groups = 'got' in answer ? answer.got : [];
  const keyOf = (group: string, name: string): string => JSON.stringify([group, name]);
  const live = new Map(
    groups.flatMap((group) =>
      readList(group, 'rules').map(
        (rule) => [keyOf(readText(group, 'name') ?? '', readText(rule, 'name') ?? ''), readObject(rule)] as const,
      ),
    ),
  );
  const faults: string[] = 'unknown' in answer ? [`rules: ${answer.unknown}`] : [];
  let evaluated = 0;
  for (const { group, name, file, line } of 'got' in answer ? rules : []) {
    const rule = live.get(keyOf(group, name));
    const health = readText(rule, 'health') ?? 'unknown';
    if (rule === undefined) faults.push(`${group} / ${name} (${file}:${line}) is evaluated by nobody`);
    else if (health !== 'ok') faults.push(`${group} / ${name} (${file}:${line}) has health ${health}`);
    else evaluated += 1;
  }
  return {
    ...{ kind: 'monitoring-rules', about: { rules: rules.length }, holds: faults.length === 0 },
    observed: { evaluated, faults },
    ...{ how: 'real', source: 'rules of the evaluator', time: new Date().toISOString() },
  };
}

function coverage(
  { boards, rules }: Asked,
  findings: readonly QueryFinding[],
  of: string,
): Pick<FindingOf<'monitoring-coverage'>, 'kind' | 'about' | 'holds' | 'observed'> {
  const outcomes: Record<string, number> = {};
  for (const { observed } of findings)
    for (const { outcome } of observed.queries) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  const panels = boards.flatMap((board) => board.panels.map((panel) => ({ board, panel })));
  const elsewhere = panels.flatMap(({ board, panel }) =>
    panel.elsewhere.map((asks) => ({
      ...{ panel: `${board.title} / ${panel.title}`, asks, where: `${board.file}:${panel.line}` },
    })),
  );
  const asked = panels.filter(({ panel }) => panel.queries.length > 0).length;
  return {
    ...{ kind: 'monitoring-coverage', about: { of }, holds: true },
    observed: { panels: asked, rules: rules.length, outcomes, elsewhere },
  };
}
