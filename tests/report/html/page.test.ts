import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { changesSection } from '../../../src/report/html/changes.ts';
import { html } from '../../../src/report/html/escape.ts';
import { renderMarkdown, renderPage } from '../../../src/report/index.ts';
import { eventfulReport, largeReport } from '../synthetic.ts';

const NASTY = `</style></script></pre>"><script>alert(1)</script><img src=x onerror=alert(2)>' onfocus=alert(3) \u202e\u0007`;
const page = renderPage(eventfulReport(NASTY));
const inner = (tag: string) => new RegExp(`<${tag}>([^]*?)</${tag}>`).exec(page)?.[1] ?? '';
const sha256 = (text: string) => createHash('sha256').update(text).digest('base64');

describe('the report as a page', () => {
  test('takes what people and servers wrote for text, wherever it stands', () => {
    // All that is left beside our own script and style.
    const rest = page.replace(inner('script'), '').replace(inner('style'), '');
    expect(rest).toContain('&lt;img src=x onerror=alert(2)&gt;&#39; onfocus=alert(3) \\u{202e}\\u{7}');
    expect(rest.match(/<\/?(script|style|img)\b/g)).toEqual(['<style', '</style', '<script', '</script']);
    const tags = rest.match(/<[^>]*>/g) ?? [];
    expect(tags.filter((tag) => /\son\w+\s*=(?![^<]*&)/i.test(tag.replace(/"[^"]*"/g, '""')))).toEqual([]);
    expect(rest).not.toMatch(/javascript:|\u202e|\u0007/);
  });

  test('allows its own script and style by their hashes, and nothing else', () => {
    const policy = /http-equiv="content-security-policy" content="([^"]*)"/.exec(page)?.[1];
    expect(policy).toBe(
      `default-src 'none'; style-src 'sha256-${sha256(inner('style'))}'; script-src 'sha256-${sha256(inner('script'))}'; img-src data:; base-uri 'none'; form-action 'none'`,
    );
    expect(page).not.toMatch(/ style="/);
    expect(page.match(/(src|href)="(?!#|data:,)[^"]*"/g)).toBeNull();
  });

  test('has every part of a run that has had it all, and says what the Markdown says', () => {
    const report = eventfulReport('harmless');
    const text = renderPage(report);
    const sections = ['damage', 'left', 'readiness', 'timeline', 'measures', 'changes', 'decisions', 'drills', 'audit'];
    const said = [
      ...[...sections, 'monitoring', 'load', 'failures', 'evidence'].map((id) => `<section id="${id}"`),
      ...[
        report.verdict,
        'Waived: harmless',
        '42.5',
        'To undo it: Delete it by hand.',
        'spec.image: harmless -&gt; harmless',
      ],
    ];
    expect(said.filter((one) => !text.includes(one))).toEqual([]);
    expect(renderMarkdown(report)).toContain('`windlass attest shop harmless --environment lab --holds --reason WHY`');
    expect(text).toContain('windlass attest shop harmless --environment lab --holds --reason WHY');
  });

  test('says of a run that shows little what it does not show, instead of nothing', () => {
    const text = renderPage(largeReport(40));
    expect(text).toContain('What this page does not show');
    expect(text).toContain('Nobody was asked, and nobody stepped in.');
    expect(text).toContain('Nothing: no step waits');
  });

  test('stays within its bytes, and says what it leaves out and how that is had', () => {
    const text = changesSection(largeReport(2_000), 60_000, 'windlass report shop --json').text;
    expect(Buffer.byteLength(text)).toBeLessThan(90_000);
    const left = text.match(/Left out, to keep this page small: (\d+) changes more/g) ?? [];
    expect(left).toHaveLength(40);
    expect(text).toContain('All of it: <code>windlass report shop --json</code>');
    // Where there is room for what changed and not for all that differs in it, no change is left out.
    const lines = changesSection(largeReport(2_000), 150_000, '').text;
    expect(lines).not.toContain('changes more');
    expect(lines).toMatch(/Left out, to keep this page small: what differs in \d+ of them/);
  });

  test('asks for something new only where it is served', () => {
    expect(page).not.toContain('fetch(');
    const served = renderPage(eventfulReport('x'), { version: 'abc' });
    expect(served).toContain('data-version="abc"');
    expect(served).toContain('connect-src &#39;self&#39;'.replaceAll('&#39;', "'"));
  });
});

describe('templates of HTML', () => {
  test('put pieces in as text, lists one after the other, and nothing for null', () => {
    expect(html`<p title="${'"'}">${['<', html`<b>${1}</b>`, null]}</p>`.text).toBe(
      '<p title="&quot;">&lt;<b>1</b></p>',
    );
  });

  test('refuse an attribute without quotes, which no escaping makes safe', () => {
    expect(() => html`<p title=${'x onclick=y'}></p>`).toThrow(TypeError);
  });

  test('cut a text of any length, and say so', () => {
    expect(html`${'a'.repeat(2_010)}`.text).toBe(`${'a'.repeat(2_000)}… (10 more characters)`);
  });
});
