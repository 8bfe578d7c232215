import type * as cog from '@grafana/grafana-foundation-sdk/cog';
import {
  LegendDisplayMode,
  LegendPlacement,
  VisibilityMode,
  VizLegendOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  DashboardBuilder,
  DashboardCursorSync,
  QueryVariableBuilder,
  RowBuilder,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  VariableRefresh,
  VariableSort,
  type Panel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as LogsBuilder } from '@grafana/grafana-foundation-sdk/logs';
import { DataqueryBuilder as LokiQuery } from '@grafana/grafana-foundation-sdk/loki';
import { DataqueryBuilder as PrometheusQuery, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';

// Panels as all boards of the platform have them. What a panel shows is said by its board.

const METRICS = { type: 'prometheus', uid: 'victoria-metrics' };
const LOGS = { type: 'loki', uid: 'loki' };
/** Of each query of a panel, in their order. */
const REF_IDS = 'ABCDEFGH';

/** A query, and the text of its series in the legend: `{{label}}` stands for a label of theirs. */
export type Query = readonly [expression: string, legend: string];

interface About {
  readonly title: string;
  /** What it shows, and what of it is a bad sign. */
  readonly description: string;
  /** How Grafana writes its numbers: `short`, `bytes`, `s`, `ms`, `percentunit`, `reqps`. */
  readonly unit?: string;
}

/** Colours by value: green below the first, the last above it. */
interface Thresholds {
  readonly thresholds?: readonly (readonly [value: number | null, color: string])[];
}

function metrics([expression, legend]: Query, index: number): PrometheusQuery {
  return new PrometheusQuery().datasource(METRICS).refId(REF_IDS.charAt(index)).expr(expression).legendFormat(legend);
}

function thresholds({ thresholds: steps = [[null, 'green']] }: Thresholds): ThresholdsConfigBuilder {
  return new ThresholdsConfigBuilder()
    .mode(ThresholdsMode.Absolute)
    .steps(steps.map(([value, color]) => ({ value, color })));
}

/** What both metrics and logs look like over time. */
function overTime(about: About, source: typeof METRICS): TimeseriesBuilder {
  return new TimeseriesBuilder()
    .title(about.title)
    .description(about.description)
    .datasource(source)
    .unit(about.unit ?? 'short')
    .min(0)
    .fillOpacity(8)
    .showPoints(VisibilityMode.Never)
    .legend(
      new VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom),
    );
}

/** Lines over time, with a legend that says what each of them is. */
export function lines(
  about: About & { readonly queries: readonly Query[]; readonly span?: number },
): cog.Builder<Panel> {
  return overTime(about, METRICS)
    .targets(about.queries.map((query, index) => metrics(query, index).range()))
    .span(about.span ?? 8)
    .height(8);
}

/** One number, as it is now. */
export function number(about: About & Thresholds & { readonly query: string }): cog.Builder<Panel> {
  return new StatBuilder()
    .title(about.title)
    .description(about.description)
    .datasource(METRICS)
    .unit(about.unit ?? 'short')
    .thresholds(thresholds(about))
    .targets([metrics([about.query, about.title], 0).instant()])
    .span(4)
    .height(4);
}

/** A row for each series, as it is now. */
export function table(about: About & Thresholds & { readonly query: string }): cog.Builder<Panel> {
  return new TableBuilder()
    .title(about.title)
    .description(about.description)
    .datasource(METRICS)
    .unit(about.unit ?? 'short')
    .thresholds(thresholds(about))
    .targets([metrics([about.query, ''], 0).instant().format(PromQueryFormat.Table)])
    .span(8)
    .height(8);
}

/** Lines of logs, the newest first. */
export function logs(about: Omit<About, 'unit'> & { readonly query: string }): cog.Builder<Panel> {
  return new LogsBuilder()
    .title(about.title)
    .description(about.description)
    .datasource(LOGS)
    .showTime(true)
    .wrapLogMessage(true)
    .targets([new LokiQuery().datasource(LOGS).refId('A').expr(about.query)])
    .span(24)
    .height(12);
}

/** What is counted in logs, over time. */
export function logLines(about: About & { readonly queries: readonly Query[] }): cog.Builder<Panel> {
  return overTime(about, LOGS)
    .targets(
      about.queries.map(([expression, legend], index) =>
        new LokiQuery().datasource(LOGS).refId(REF_IDS.charAt(index)).expr(expression).legendFormat(legend),
      ),
    )
    .span(12)
    .height(8);
}

/** What a reader may choose: values of a label, all of them at first. */
export function choice(name: string, label: string, query: string, of: 'metrics' | 'logs' = 'metrics') {
  return new QueryVariableBuilder(name)
    .label(label)
    .datasource(of === 'metrics' ? METRICS : LOGS)
    .query(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .current({ selected: true, text: 'All', value: '$__all' });
}

export interface BoardSpec {
  /** Its name in addresses, and of its file. */
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly choices?: readonly cog.Builder<ReturnType<QueryVariableBuilder['build']>>[];
  readonly rows: readonly { readonly title: string; readonly panels: readonly cog.Builder<Panel>[] }[];
}

/** Panels need numbers, by which addresses lead to one of them. */
const numbered = (panel: cog.Builder<Panel>, id: number): cog.Builder<Panel> => ({
  build: () => ({ ...panel.build(), id }),
});

/** A board as Grafana reads it. */
export function board({ uid, title, description, choices = [], rows }: BoardSpec) {
  // The schema that files for Grafana 12.2 have; the next one is asked for by its API alone.
  // eslint-disable-next-line @typescript-eslint/no-deprecated
  const builder = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags(['data-platform'])
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: 'now-6h', to: 'now' })
    .refresh('1m')
    .timezone('browser');
  for (const variable of choices) builder.withVariable(variable);
  let id = 0;
  for (const row of rows) {
    builder.withRow(new RowBuilder(row.title).id((id += 1)));
    for (const panel of row.panels) builder.withPanel(numbered(panel, (id += 1)));
  }
  return builder.build();
}
