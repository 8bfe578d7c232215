import { describe, expect, test } from '@jest/globals';
import type { MonitoringExemption } from '../../src/domain/kinds/monitoring-verify.ts';
import { Exemptions } from '../../src/monitoring/exemptions.ts';
import { told } from '../support/told.ts';

const NOW = Date.parse('2026-06-01T00:00:00Z');
const exemption = (more: Partial<MonitoringExemption> = {}): MonitoringExemption => ({
  ...{ metric: 'certmanager_*', reason: 'it is not everywhere', owner: 'ada', until: '2026-06-02' },
  ...more,
});
const judged = (one: MonitoringExemption, missing: readonly string[] = []) => {
  const exemptions = new Exemptions([one], NOW);
  if (missing.length > 0) exemptions.of('Access / Certificates', missing);
  return told(exemptions.findings('http://metrics', new Date(NOW).toISOString()));
};

describe('an exemption of what need not be answered', () => {
  test('holds while it is for something', () => {
    expect(judged(exemption(), ['certmanager_ready'])).toMatchObject([
      { holds: true, claim: expect.stringMatching(/^is needed and stands until 2026-06-02/), observed: { matched: 1 } },
    ]);
    expect(judged(exemption())).toMatchObject([{ holds: false, observed: { matched: 0 } }]);
  });

  test('may be for nothing where it is optional, but not beyond its end', () => {
    expect(judged(exemption({ optional: true }))).toMatchObject([
      { holds: true, claim: expect.stringMatching(/^stands until 2026-06-02/), observed: { matched: 0 } },
    ]);
    expect(judged(exemption({ optional: true, until: '2026-06-01' }))).toMatchObject([
      { holds: false, observed: { lapsed: true } },
    ]);
  });
});
