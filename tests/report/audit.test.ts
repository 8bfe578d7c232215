import { describe, expect, test } from '@jest/globals';
import type { RecordedFinding } from '../../src/domain/evidence.ts';
import { buildReport, renderMarkdown } from '../../src/report/index.ts';
import { entry, step, verdict } from './entries.ts';

const common = { how: 'real', source: 'https://cluster', time: '2026-01-01T00:00:09.000Z' } as const;
const found = (check: string, severity: 'critical' | 'medium' | 'low', open: number, exempt = 0): RecordedFinding => ({
  ...common,
  kind: 'audit-check',
  about: { check, claim: 'nobody may do everything', of: common.source },
  holds: open === 0,
  observed: {
    ...{ severity, open, exempt, mend: 'Take it away | now.', stands: ['CIS 5.1.1'] },
    faults: Array.from({ length: open }, (_, at) => ({ where: `ClusterRoleBinding b${at}`, what: 'binds everybody' })),
  },
});
const exemption: RecordedFinding = {
  ...common,
  kind: 'audit-exemption',
  about: {
    subject: 'Pod a/*',
    checks: ['pod-root'],
    owner: 'platform',
    reason: 'until moved',
    until: '2027-01-01T00:00:00.000Z',
  },
  holds: false,
  observed: { matched: 0, lapsed: false },
};
const coverage: RecordedFinding = {
  ...common,
  kind: 'audit-coverage',
  about: { of: common.source },
  holds: false,
  observed: {
    checks: 64,
    objects: 812,
    unseen: [{ check: 'secret-age', where: 'every Secret', why: 'may not be listed' }],
  },
};
const report = buildReport({
  entries: [
    entry(0, null, { type: 'start', by: 'ada', signature: '' }),
    entry(1, 'data/audit', {
      type: 'evidence',
      findings: [found('quiet', 'low', 0), found('pod-root', 'low', 0, 2), found('many', 'medium', 7), exemption],
    }),
    entry(2, 'data/audit', { type: 'evidence', findings: [found('everybody', 'critical', 1), coverage] }),
    entry(3, null, verdict('done', [step('audit', 'done', 'audit')])),
  ],
  damaged: [],
});

describe('the audits of a report', () => {
  test('name what was found, the worst first, what is exempt last, and nothing of checks that found nothing', () => {
    expect(report.audits).toMatchObject([
      {
        ...{ step: 'data/audit', of: 'https://cluster', checks: 64, objects: 812 },
        faults: [
          { check: 'everybody', severity: 'critical', open: 1 },
          { check: 'many', severity: 'medium', open: 7 },
          { check: 'pod-root', open: 0, exempt: 2 },
        ],
        exemptions: [{ subject: 'Pod a/*', matched: 0 }],
        unseen: [{ check: 'secret-age' }],
      },
    ]);
  });

  test('stand in the Markdown with how to mend each, what is exempt and what nobody could look at', () => {
    const text = renderMarkdown(report);
    expect(text).toContain('**data/audit on https://cluster: 1 critical, 7 medium**, by 64 checks over 812 objects.');
    expect(text).toContain(
      '| **critical** | `everybody` | 1 |  | ClusterRoleBinding b0 binds everybody | Take it away \\| now. | CIS 5.1.1 |',
    );
    expect(text).toMatch(/ClusterRoleBinding b4 binds everybody; and 2 more \|/);
    expect(text).toContain('| Pod a/\\* | `pod-root` | 2027-01-01 | platform | until moved | **matches nothing** |');
    expect(text).toContain('- `secret-age`: every Secret: may not be listed');
  });
});
