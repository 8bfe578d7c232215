import { commandLine } from '../../domain/command-line.ts';
import type { Report } from '../report.ts';
import { auditSection } from './audit.ts';
import { changesSection } from './changes.ts';
import { contentPolicy } from './content-policy.ts';
import { damageSection } from './damage.ts';
import { decisionsSection, failuresSection } from './decisions.ts';
import { drillsSection } from './drills.ts';
import { Html, html, type Piece } from './escape.ts';
import { evidenceSection } from './evidence.ts';
import { header } from './header.ts';
import { leftSection } from './left.ts';
import { loadsSection } from './loads.ts';
import { measuresSection } from './measures.ts';
import { missingSection } from './missing.ts';
import { monitoringSection } from './monitoring.ts';
import { readinessSection } from './readiness.ts';
import { FOLDING, REFRESHING } from './scripts.ts';
import { STYLE } from './style.ts';
import { timelineSection } from './timeline.ts';

/** How many bytes a page has at most, but for a rollout of so many steps and findings that these alone take more. */
const MOST_BYTES = 3_000_000;
/** How much of what is left of that goes to changes; the rest to evidence. */
const FOR_CHANGES = 0.7;
/** What either has at least. */
const LEAST = 100_000;

interface PageOptions {
  /** Digest of what is shown, for a page that asks whether there is anything new; absent for one that stands by itself. */
  readonly version?: string;
}

/** The report as one HTML page that needs nothing else, and asks nobody for anything. */
export function renderPage(report: Report, { version }: PageOptions = {}): string {
  const { rollout, environment, state } = report;
  const parts = partsOf(report);
  const script = Html.trusted(version === undefined ? FOLDING : `${REFRESHING}${FOLDING}`);
  const style = Html.trusted(STYLE);
  const policy = contentPolicy({ style, script, asks: version !== undefined });
  const live =
    version === undefined
      ? null
      : html`<div class="live">
          <p id="live" role="status">Live.</p>
          <button type="button" id="pause" aria-pressed="false">Pause</button>
        </div>`;
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="content-security-policy" content="${Html.trusted(policy)}"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer"><meta name="robots" content="noindex"><title>${rollout} to ${environment}: ${state}</title><link rel="icon" href="data:,"><style>${style}</style></head>
<body${version === undefined ? null : html` data-version="${version}"`}><a class="skip" href="#main">Skip to the report</a>
${header(report)}
${navigation(parts)}
<main id="main" tabindex="-1">${parts.map(({ body }) => body)}</main>
<footer><p>All times are UTC. Made from the record alone: <code>${commandLine('report', report)}</code> gives the same as Markdown, with <code>--json</code> all of it.</p>${live}</footer>
<script>${script}</script></body></html>
`;
  return page.text;
}

interface Part {
  readonly id: string;
  readonly title: string;
  readonly body: Html;
}

function partsOf(report: Report): readonly Part[] {
  const { measures = [], readiness, drillHistories: drills = [], audits = [], failures, damaged = [] } = report;

  const monitoring = monitoringSection(report.evidence);
  const loads = loadsSection(report.evidence);
  const rest = `${commandLine('report', report)} --json`;
  const part = (id: string, title: string, body: Html): readonly Part[] => [{ id, title, body }];
  const before = [
    ...(damaged.length === 0 ? [] : part('damage', 'Does not read', damageSection(damaged))),
    ...part('left', 'Left', leftSection(report)),
    ...(readiness === undefined ? [] : part('readiness', 'Readiness', readinessSection(readiness))),
    ...part('timeline', 'Timeline', timelineSection(report)),
    ...(measures.length === 0 ? [] : part('measures', 'Measures', measuresSection(measures))),
  ];
  const after = [
    ...part('decisions', 'Decisions', decisionsSection(report)),
    ...(drills.length === 0 ? [] : part('drills', 'Drills', drillsSection(drills))),
    ...(audits.length === 0 ? [] : part('audit', 'Audit', auditSection(audits))),
    ...(monitoring === null ? [] : part('monitoring', 'Monitoring', monitoring)),
    ...(loads === null ? [] : part('load', 'Load', loads)),
    ...(failures.length === 0 ? [] : part('failures', 'Failures', failuresSection(failures))),
  ];
  const others = [...before, ...after].reduce(
    (sum, { body }) => sum + Buffer.byteLength(body.text),
    STYLE.length + LEAST,
  );
  const room = Math.max(LEAST, MOST_BYTES - others);
  const changes = changesSection(report, room * FOR_CHANGES, rest);
  const evidence = evidenceSection(report, Math.max(LEAST, room - Buffer.byteLength(changes.text)), rest);
  const missing = missingSection(report);
  return [
    ...before,
    ...part('changes', 'Changes', changes),
    ...after,
    ...part('evidence', 'Evidence', evidence),
    ...(missing === null ? [] : part('missing', 'Not shown', missing)),
  ];
}

function navigation(parts: readonly Part[]): Html {
  const links: Piece = parts.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`);
  return html`<nav id="nav" data-part aria-label="Sections">
    <ul>
      ${links}
    </ul>
  </nav>`;
}
