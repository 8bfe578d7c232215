import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle } from '../../src/domain/bundle.ts';
import { documentation, htmlPage, markdownPage } from '../../src/report/docs/index.ts';
import type { Page } from '../../src/report/pages/page.ts';
import { entry } from '../report/entries.ts';
import { eventfulReport } from '../report/synthetic.ts';
import { flagshipDocumented, type Documented } from './documented.ts';

const NASTY = `</style></pre>"><script>alert(1)</script><img src=x onerror=alert(2)>' [a](javascript:alert(3)) \u202e\u0007`;
const CANARY = 'canary-7f3a91-do-not-tell';

let flagship: Documented;
let bundle: Bundle;
beforeAll(async () => {
  // What references of the lab's environment point to: none of it may be read, and so none of it told.
  for (const name of ['APP_PASSWORD', 'POSTGRES_URL', 'S3_SECRET_KEY', 'S3_ACCESS_KEY'])
    process.env[`WINDLASS_LAB_${name}`] = CANARY;
  ({ flagship, bundle } = await flagshipDocumented());
});

const pageOf = (file: string, of: Documented = flagship): Page => {
  const found = documentation(of).find((page) => page.file === file);
  if (found === undefined) throw new Error(`there is no page ${file}`);
  return found;
};

describe('the documentation of the flagship', () => {
  test('has an index that leads to every page, and no page leads to one that is not there', () => {
    const pages = documentation(flagship);
    const files = pages.map(({ file }) => file);
    expect(files).toEqual([
      ...['index', 'access', 'recovery', 'troubleshooting', 'inventory', 'alerts'],
      ...bundle.phases.map(({ name }) => `phase-${name}`),
    ]);
    const linked = (text: string, link: RegExp) => [...text.matchAll(link)].map(([, file = '']) => file);
    const index = pageOf('index');
    expect(linked(markdownPage(index), /\]\(([a-z0-9-]+)\.md\)/g)).toEqual(files.slice(1));
    for (const page of pages) {
      expect(files).toEqual(expect.arrayContaining(linked(markdownPage(page), /\]\(([^)<]+)\.md\)/g)));
      expect(files).toEqual(expect.arrayContaining(linked(htmlPage(page, pages), /href="([^":]+)\.html"/g)));
    }
  });

  test('tells how each host and each login is had, and of no login what it is', () => {
    const access = markdownPage(pageOf('access'));
    for (const host of ['dolphin', 'trino', 'grafana', 'minio', 'rollouts'])
      expect(access).toContain(`\`${host}.254carbon.com\``);
    expect(access).toContain(
      `kubectl get secret dolphinscheduler-admin --namespace data-platform --output 'jsonpath={.data.password}' | base64 --decode`,
    );
    expect(access).toContain('environment variable WINDLASS\\_LAB\\_POSTGRES\\_URL');
    const secrets = bundle.phases.flatMap(({ steps }) => steps.filter(({ kind }) => kind === 'kubernetes.secret'));
    expect(access.match(/^kubectl get secret /gm)?.length).toBeGreaterThanOrEqual(secrets.length);
  });

  test('has a command a line, as the Markdown has, and no two in one', () => {
    const pages = documentation(flagship);
    const access = htmlPage(pageOf('access'), pages);
    const commands = [...access.matchAll(/<pre><code>([^]*?)<\/code><\/pre>/g)].map(([, text = '']) => text);
    expect(commands.some((text) => text.trimEnd().includes('\n'))).toBe(true);
    for (const line of commands.flatMap((text) => text.trimEnd().split('\n')))
      expect(line).toMatch(/^kubectl get secret (?!.*kubectl)/);
  });

  test('lets its own style be, by its hash, and nothing else', () => {
    const pages = documentation(flagship);
    for (const page of pages) {
      const text = htmlPage(page, pages);
      const style = /<style>([^]*?)<\/style>/.exec(text)?.[1] ?? '';
      const hash = createHash('sha256').update(style).digest('base64');
      expect(text).toContain(`default-src 'none'; style-src 'sha256-${hash}'`);
    }
  });

  test('holds no value that a reference points to', () => {
    const pages = documentation(flagship);
    for (const page of pages) {
      expect(markdownPage(page)).not.toContain(CANARY);
      expect(htmlPage(page, pages)).not.toContain(CANARY);
    }
  });

  test('says of each alert what its rule says, with its runbook', () => {
    const alerts = markdownPage(pageOf('alerts'));
    expect(flagship.alerts.length).toBeGreaterThanOrEqual(20);
    for (const { name, labels, annotations } of flagship.alerts) {
      expect(alerts).toContain(`## ${name}`);
      expect([name, Object.keys(labels)]).toEqual([name, expect.arrayContaining(['severity'])]);
      expect([name, annotations['runbook_url']]).toEqual([name, expect.stringMatching(/^https:\/\//)]);
    }
    expect(alerts).not.toContain('names no runbook');
  });

  test('lists what the rollout has put where', () => {
    const inventory = markdownPage(pageOf('inventory'));
    for (const { name } of flagship.objects) expect(inventory).toContain(`\`${name}\``);
    expect(inventory).toMatch(/\| database \| `dolphinscheduler` \| of dolphinscheduler \| platform-db \|/);
    expect(inventory).toContain('`velero-backups` on objects');
    expect(inventory).toContain('`docker.io/trinodb/trino:476`');
  });

  test('tells by type what has stopped steps, what to do, and whether it was mended since', () => {
    const page = markdownPage(pageOf('troubleshooting'));
    expect(page.match(/^## .*/gm)).toEqual(['## LocationUnavailable (1)', '## NotReadyInTime (1)']);
    expect(page).toContain('- Make the bucket, then retry.');
    expect(page).toMatch(/`backup\/location` .* \| verified at 2026-01-01T00:00:02/);
    expect(page).toMatch(/`query\/trino` .* \| \*\*not verified\*\* \|/);
  });
});

describe('what people and servers wrote', () => {
  const nasty = (): Documented => {
    const report = eventfulReport(NASTY);
    const parked = entry(1, 'data/bucket', {
      type: 'parked',
      failure: { type: 'SqlFailed', message: NASTY, object: NASTY, next: NASTY, retryable: false },
    });
    const phases = report.phases.map(({ name }, at) => ({
      ...{ name: `phase-${String(at)}`, description: `${NASTY} ${name}`, needs: [], steps: [] },
    }));
    return {
      ...flagship,
      report: { ...report, phases: report.phases.map((one, at) => ({ ...one, name: `phase-${String(at)}` })) },
      bundle: { ...bundle, phases, decisions: { ...bundle.decisions, groups: { [NASTY]: [NASTY] } } },
      objects: flagship.objects.map((one) => ({
        ...one,
        name: NASTY,
        hosts: [{ host: NASTY, path: NASTY, service: NASTY }],
      })),
      alerts: [
        {
          ...{ name: NASTY, group: NASTY, expr: NASTY, file: NASTY, labels: { [NASTY]: NASTY } },
          annotations: { summary: NASTY, description: NASTY, runbook_url: 'javascript:alert(4)', other: NASTY },
        },
        {
          ...{ name: 'Linked', group: 'g', expr: 'up', file: 'r.yaml', labels: {} },
          annotations: { runbook_url: 'https://docs.example.com/a b">(<script>' },
        },
      ],
      failures: { entries: [parked], damaged: [] },
    };
  };

  test('is text in HTML wherever it stands, and no page may run anything', () => {
    const pages = documentation(nasty());
    for (const page of pages) {
      const text = htmlPage(page, pages);
      const rest = text.replace(/<style>[^]*?<\/style>/, '');
      expect([page.file, rest.match(/<\/?(script|style|img|iframe|object)\b/g)]).toEqual([page.file, null]);
      const tags = (rest.match(/<[^>]*>/g) ?? []).map((tag) => tag.replace(/"[^"]*"/g, '""'));
      expect(tags.filter((tag) => /\son\w+\s*=/i.test(tag))).toEqual([]);
      expect([...rest.matchAll(/href="([^"]*)"/g)].map(([, to = '']) => to)).toEqual(
        rest.match(/href="(#main|data:,|https?:\/\/[^"]*|[a-z0-9-]+\.html)"/g)?.map((one) => one.slice(6, -1)),
      );
      expect(rest).not.toMatch(/\u202e|\u0007/);
      expect(rest).toMatch(/content-security-policy" content="default-src &#39;none&#39;|default-src 'none'/);
      expect(rest).not.toContain('script-src');
    }
  });

  test('is no markup in Markdown, and an address is a link only where it is one of HTTP', () => {
    const pages = documentation(nasty());
    for (const page of pages) {
      const text = markdownPage(page)
        .replace(/^```sh\n[^]*?^```$/gm, '')
        .replace(/(`+)(?!`).*?[^`]\1(?!`)/g, '');
      expect([page.file, text.match(/<(?!https?:\/\/[^<>\s]*>\))/g)]).toEqual([page.file, null]);
      expect(text).not.toMatch(/(?<!\\)\]\(javascript|\u202e|\u0007/);
    }
    const alerts = markdownPage(pageOf('alerts', nasty()));
    expect(alerts).toContain('Runbook: `javascript:alert(4)`');
    expect(alerts).toContain('](<https://docs.example.com/a%20b%22%3E(%3Cscript%3E>)');
  });
});
