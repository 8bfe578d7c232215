/** How the page looks: in light and in dark, on a wall and on a telephone, and on paper. Its hash is in the policy of the page. */
export const STYLE = `
:root {
  --ground: #f6f6f3; --face: #ffffff; --ink: #1a1f24; --faint: #555e68; --line: #d9dbdc; --track: #e6e7e5;
  --good: #14713a; --busy: #0b5aa2; --wait: #8a5300; --bad: #b3201a; --apart: #6b3fb8; --link: #0b5aa2;
  --good-face: #e6f4ea; --busy-face: #e5f0fa; --wait-face: #fcf1dc; --bad-face: #fdeceb; --quiet-face: #eeefed;
  --act: #1f6fb8; --verify: #3f9b76; --plan: #8b949d; --gate: #d99413; --parked: #cf3b32; --cut: #e9e9e4;
  color-scheme: light;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #101418; --face: #181d22; --ink: #e7eaed; --faint: #a3adb7; --line: #303840; --track: #2a3138;
    --good: #62d28b; --busy: #78bcff; --wait: #edb95a; --bad: #ff8f86; --apart: #bda2f5; --link: #78bcff;
    --good-face: #16301f; --busy-face: #15293c; --wait-face: #352810; --bad-face: #3b1c1a; --quiet-face: #242b31;
    --act: #4c9be8; --verify: #4fb58c; --plan: #7d8791; --gate: #dca03a; --parked: #e5645b; --cut: #232a30;
    color-scheme: dark;
  }
}
*, ::before, ::after { box-sizing: border-box; }
html { scroll-padding-top: 4rem; -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 1rem/1.55 ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "DejaVu Sans", sans-serif; overflow-wrap: anywhere; }
header, main, footer { max-width: 74rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 2rem; }
h1, h2, h3, h4, p, ul, ol, dl, blockquote, pre { margin: 0; }
h1 { font-size: clamp(1.75rem, 1.2rem + 2.4vw, 2.75rem); line-height: 1.15; letter-spacing: -0.02em; font-weight: 700; }
h1 .to { color: var(--faint); font-weight: 400; }
h2 { font-size: 1.375rem; line-height: 1.25; letter-spacing: -0.01em; }
h3 { font-size: 1.0625rem; margin-top: 1.25rem; }
h4 { font-size: 0.875rem; margin: 1rem 0 0.25rem; }
p + p { margin-top: 0.25rem; }
a { color: var(--link); text-underline-offset: 0.15em; }
code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: 0.84em; }
pre { white-space: pre-wrap; background: var(--ground); border: 1px solid var(--line); border-radius: 6px; padding: 0.5rem 0.75rem; margin: 0.25rem 0 0.5rem; }
small, .note, .at { color: var(--faint); font-size: 0.875rem; font-weight: 400; }
.bad-text { color: var(--bad); }
.away { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.brand { font-weight: 700; letter-spacing: 0.01em; margin-bottom: 0.75rem; }
.brand span { font-weight: 400; color: var(--faint); }
.skip { position: absolute; left: 1rem; top: -4rem; background: var(--face); padding: 0.5rem 1rem; border-radius: 0 0 8px 8px; z-index: 3; }
.skip:focus { top: 0; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 3px; }
main:focus { outline: none; }

.verdict { display: flex; gap: 0.75rem; align-items: baseline; flex-wrap: wrap; margin: 1rem 0 0; padding: 0.9rem 1.1rem; border-radius: 10px; font-size: clamp(1.0625rem, 1rem + 0.4vw, 1.3125rem); line-height: 1.4; background: var(--quiet-face); border-left: 6px solid var(--faint); }
.verdict > span:last-child { flex: 1 1 16rem; }
.verdict.good { background: var(--good-face); border-color: var(--good); }
.verdict.busy { background: var(--busy-face); border-color: var(--busy); }
.verdict.wait { background: var(--wait-face); border-color: var(--wait); }
.verdict.bad { background: var(--bad-face); border-color: var(--bad); }
.chip { display: inline-block; font-size: 0.8125rem; font-weight: 600; line-height: 1.4; padding: 0.05rem 0.5rem; border-radius: 0.75rem; background: var(--quiet-face); color: var(--faint); max-width: 100%; }
.chip.good { background: var(--good-face); color: var(--good); }
.chip.busy { background: var(--busy-face); color: var(--busy); }
.chip.wait { background: var(--wait-face); color: var(--wait); }
.chip.bad { background: var(--bad-face); color: var(--bad); }
.verdict .chip { background: var(--face); font-size: 0.9375rem; }
.how { font-size: 0.8125rem; font-weight: 600; color: var(--apart); border: 1px dashed currentColor; border-radius: 4px; padding: 0 0.3rem; }
.signed { font-size: 0.8125rem; font-weight: 600; color: var(--good); }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 13rem), 1fr)); gap: 0.5rem 1.5rem; margin-top: 1.25rem; font-size: 0.9375rem; }
.facts dt { color: var(--faint); font-size: 0.8125rem; }
.facts dd { margin: 0; }
.tiles { list-style: none; padding: 0; margin: 1.25rem 0 0; display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 9.5rem), 1fr)); gap: 0.75rem; }
.tile { display: block; height: 100%; padding: 0.75rem 0.9rem; background: var(--face); border: 1px solid var(--line); border-top: 4px solid var(--line); border-radius: 8px; text-decoration: none; color: var(--ink); }
.tile:hover { border-color: var(--link); }
.tile strong { display: block; font-size: 1.625rem; line-height: 1.2; font-variant-numeric: tabular-nums; letter-spacing: -0.01em; }
.tile span { display: block; font-size: 0.875rem; line-height: 1.35; color: var(--faint); }
.tile.good { border-top-color: var(--good); } .tile.wait { border-top-color: var(--wait); } .tile.bad { border-top-color: var(--bad); }
.provenance { margin-top: 1.25rem; font-size: 0.9375rem; }
.provenance ul { margin-top: 0.4rem; }
.provenance .plain > li + li { margin-top: 0.25rem; }

nav { position: sticky; top: 0; z-index: 2; background: var(--ground); border-bottom: 1px solid var(--line); margin-top: 1.5rem; }
nav ul { max-width: 74rem; margin: 0 auto; padding: 0 1.25rem; list-style: none; display: flex; gap: 0 1.25rem; overflow-x: auto; }
nav a { display: block; padding: 0.7rem 0; text-decoration: none; white-space: nowrap; font-size: 0.9375rem; color: var(--ink); }
nav a:hover { text-decoration: underline; }

section { background: var(--face); border: 1px solid var(--line); border-radius: 12px; padding: 1.25rem 1.4rem 1.4rem; margin: 1.25rem 0; }
section > .note { margin-top: 0.35rem; max-width: 60rem; }
section > h2 + *, section > .note + * { margin-top: 0.9rem; }
section > * + h2 { margin-top: 2rem; }
.tools { float: right; display: flex; gap: 0.5rem; margin-top: -1.75rem; }
button { font: inherit; font-size: 0.8125rem; color: var(--ink); background: var(--quiet-face); border: 1px solid var(--line); border-radius: 6px; padding: 0.2rem 0.7rem; cursor: pointer; }
button:hover { border-color: var(--link); }
.empty { color: var(--faint); }
.plain, .cards, .areas, .checks, .phases, .steps, .legend, .levels { list-style: none; padding: 0; }
.plain > li + li { margin-top: 0.6rem; }
.cards { display: grid; gap: 0.6rem; }
.card { padding: 0.65rem 0.9rem; border-radius: 8px; background: var(--ground); border-left: 4px solid var(--line); }
.edge-wait { border-left-color: var(--wait); } .edge-bad { border-left-color: var(--bad); }
.commands { display: flex; flex-wrap: wrap; gap: 0.35rem 0.5rem; margin-top: 0.4rem; }
.commands code { background: var(--face); border: 1px solid var(--line); border-radius: 5px; padding: 0.15rem 0.5rem; user-select: all; }
.more { color: var(--faint); font-style: italic; }
blockquote { margin: 0.25rem 0 0; padding-left: 0.75rem; border-left: 3px solid var(--line); white-space: pre-line; }
.spark polyline { fill: none; stroke: var(--act); stroke-width: 1.5; stroke-linecap: round; vector-effect: non-scaling-stroke; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 0.9375rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: 0.45rem 0.9rem 0.45rem 0; border-bottom: 1px solid var(--line); }
thead th { color: var(--faint); font-size: 0.8125rem; font-weight: 600; overflow-wrap: normal; }
tbody th { font-weight: 500; min-width: 10rem; }
td { white-space: nowrap; }
td .note { white-space: normal; }
.wide { width: 26%; min-width: 9rem; position: relative; }

details > summary { cursor: pointer; border-radius: 6px; }
details[data-key] > summary { padding: 0.35rem 0; }
details[data-key] > summary:hover { background: var(--ground); }
section > details[data-key], .areas > li { border-top: 1px solid var(--line); }
details[data-key] > :not(summary) { margin-left: 1.1rem; }
details[data-key] > :last-child { margin-bottom: 0.75rem; }
.chunk { padding-left: 1.2rem; margin: 0; }
.far { content-visibility: auto; contain-intrinsic-block-size: auto 155rem; }
.chunk li { padding: 0.05rem 0; }
.risky, .risky summary { color: var(--bad); }
.action { color: var(--faint); }
.action.delete, .action.replace { color: var(--bad); }

.row { display: grid; grid-template-columns: minmax(0, 19rem) minmax(0, 1fr) minmax(0, 19rem); gap: 0 1rem; align-items: center; }
.timeline summary { position: relative; display: block; list-style: none; }
.timeline summary::-webkit-details-marker { display: none; }
.timeline summary::before { content: "▸"; position: absolute; left: 0; color: var(--faint); }
.timeline details[open] > summary::before { content: "▾"; }
.timeline details[data-key] > :not(summary) { margin-left: 0; }
.timeline .row-name { padding-left: 1.25rem; }
.timeline details details summary { font-size: 0.9375rem; }
.timeline details details summary::before { left: 1.25rem; }
.timeline details details summary { padding-left: 2.5rem; }
.steps .row-name { padding-left: 1.25rem; }
.steps .row-words .at { font-size: inherit; }
.row svg { display: block; }
.row-name { font-size: 0.9375rem; }
.row-name code { color: var(--faint); }
.row-words { color: var(--faint); font-size: 0.8125rem; line-height: 1.35; }
.steps > .row { padding: 0.3rem 0; border-top: 1px solid var(--line); }
.phases > li { border-top: 1px solid var(--line); }
.axis { padding: 0.4rem 0 0.3rem; color: var(--faint); font-size: 0.8125rem; }
.axis .row-name { text-align: right; font-size: 0.8125rem; }
.legend { display: flex; flex-wrap: wrap; gap: 0.2rem 1.1rem; font-size: 0.8125rem; color: var(--faint); margin-bottom: 0.4rem; }
.legend svg { vertical-align: -3px; }
svg text { fill: var(--faint); font-size: 0.75rem; }
svg .act { fill: var(--act); stroke: var(--act); } svg .verify { fill: var(--verify); stroke: var(--verify); } svg .plan { fill: var(--plan); stroke: var(--plan); }
svg .wait { fill: var(--plan); stroke: var(--plan); } svg .cut { fill: var(--cut); }
svg .gate { fill: var(--wait-face); stroke: var(--gate); stroke-width: 1.5; stroke-dasharray: 4 2; } svg .parked { fill: var(--bad-face); stroke: var(--parked); stroke-width: 1.5; stroke-dasharray: 2 2; }
.meter { display: block; border-radius: 5px; }
.track { fill: var(--track); } .earned { fill: var(--good); } .apart { fill: var(--apart); } .standin { fill: var(--gate); }
svg .was { fill: var(--plan); } svg .is { fill: var(--act); }

.score { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 0 1.75rem; align-items: center; margin-bottom: 1rem; }
.figure { font-size: 3.25rem; font-weight: 700; line-height: 1; letter-spacing: -0.03em; font-variant-numeric: tabular-nums; }
.figure small { font-size: 1rem; letter-spacing: 0; }
.levels { display: flex; flex-wrap: wrap; gap: 0.4rem; margin-bottom: 0.5rem; }
.area { display: inline-grid; width: calc(100% - 1.4rem); grid-template-columns: minmax(0, 14rem) minmax(4rem, 12rem) minmax(0, 1fr); gap: 0.2rem 1rem; align-items: center; vertical-align: middle; }
.area .words { font-size: 0.875rem; color: var(--faint); }
.checks > li { padding: 0.5rem 0; border-top: 1px solid var(--line); }
.curve { display: grid; grid-template-columns: auto minmax(0, 1fr); grid-template-rows: 1fr 1fr; gap: 0 0.6rem; margin: 0.75rem 0; }
.curve svg { grid-area: 1 / 2 / 3 / 3; display: block; }
.curve .most, .curve .least { font-size: 0.8125rem; color: var(--faint); text-align: right; }
.curve .least { align-self: end; }
.curve line { stroke: var(--act); stroke-width: 2; } .curve .ground { stroke: var(--line); stroke-width: 1; } .curve circle { fill: var(--act); } .curve .cross { fill: var(--bad); font-size: 0.9375rem; }
footer { padding-top: 0.5rem; padding-bottom: 3rem; color: var(--faint); font-size: 0.875rem; }
.live { position: fixed; right: 1rem; bottom: 1rem; z-index: 3; display: flex; gap: 0.75rem; align-items: center; max-width: calc(100vw - 2rem); padding: 0.4rem 0.4rem 0.4rem 0.9rem; border-radius: 10px; background: var(--face); border: 1px solid var(--line); color: var(--ink); box-shadow: 0 2px 10px rgb(0 0 0 / 18%); }

@media (max-width: 60rem) {
  .row { grid-template-columns: minmax(0, 1fr); }
  .axis .row-name { text-align: left; }
  .row svg { margin: 0.15rem 0; }
  .area { grid-template-columns: minmax(0, 1fr); }
  .wide { display: none; }
}
@media (max-width: 40rem) {
  header, main, footer, nav ul { padding-left: 0.85rem; padding-right: 0.85rem; }
  section { padding: 1rem 0.9rem; border-radius: 10px; }
  .tiles { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .tools { float: none; margin: 0.5rem 0 0; }
  .score { grid-template-columns: minmax(0, 1fr); gap: 0.75rem; }
  details[data-key] > :not(summary) { margin-left: 0.5rem; }
  .timeline .row-name { padding-left: 1.1rem; }
  table { font-size: 0.875rem; }
  th, td { padding-right: 0.6rem; }
  tbody th { min-width: 7rem; }
  .spark { width: 4.5rem; }
  .axis svg { display: none; }
}
@media (prefers-reduced-motion: no-preference) { html { scroll-behavior: smooth; } }
@media print {
  :root { --ground: #ffffff; --face: #ffffff; }
  body { font-size: 10pt; }
  nav, .tools, .live, .skip { display: none; }
  header, main, footer { max-width: none; padding: 0; }
  section { border: 0; border-top: 1pt solid var(--line); border-radius: 0; padding: 8pt 0; margin: 0; }
  .card, .row, tr, .checks > li { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
  .chip, .verdict, svg, .card { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .far { content-visibility: visible; }
}
`;
