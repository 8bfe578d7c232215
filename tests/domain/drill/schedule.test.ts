import { describe, expect, test } from '@jest/globals';
import type { Bundle } from '../../../src/domain/bundle.ts';
import { drillSteps, firingsOf, scheduleOf } from '../../../src/domain/drill/schedule.ts';
import { step as stepSchema, type Step } from '../../../src/domain/step.ts';

const common = { target: 'cluster', needs: [] };
const drill = (more: object = {}): Step => {
  const { of, ...rest } = more as { of?: object };
  const parsed = stepSchema.parse({
    ...common,
    name: 'drill',
    kind: 'velero.drill',
    with: { name: 'platform', objectStore: 'objects', includedNamespaces: ['data'], ...rest },
  }) as Step;
  return of === undefined ? parsed : ({ ...parsed, with: { ...parsed.with, of } } as unknown as Step);
};
const daily = (schedule: string, veleroVersion?: string) =>
  stepSchema.parse({
    ...common,
    name: 'daily',
    kind: 'velero.schedule',
    with: { name: 'platform-daily', schedule, veleroVersion, includedNamespaces: ['data'] },
  }) as Step;

function bundle(steps: readonly Step[], more: Partial<Bundle> = {}): Bundle {
  return {
    apiVersion: 'windlass.dev/v1alpha1',
    rollout: 'platform',
    environment: 'lab',
    parameters: {},
    targets: {},
    decisions: { signatures: 'optional', selfApproval: true, groups: {}, keys: {} },
    phases: [{ name: 'backup', needs: [], steps: [...steps] }],
    files: {},
    ...more,
  };
}
const firings = (of: Bundle, times: { cron?: string; every?: string; jitter?: string; lead?: string }) =>
  firingsOf(of, drillSteps(of)[0]!, { catchUp: '1h', lead: '10m', ...times });

describe('the schedules of a drill', () => {
  test('are itself and a look at how fresh its proof is, four times within the limit but at least hourly', () => {
    const [own, look, ...more] = firings(bundle([drill()]), { every: '6h', jitter: '5m' });
    expect(own).toMatchObject({ mode: 'drill', when: 'every 6h', everyMs: 6 * 3_600_000, jitterMs: 300_000 });
    expect(look).toMatchObject({ mode: 'freshness', everyMs: 3_600_000, jitterMs: 0 });
    expect(more).toEqual([]);
    const strict = bundle([drill()], { interlock: { provenWithin: '2h' } });
    expect(firings(strict, { every: '1h' })[1]).toMatchObject({ mode: 'freshness', everyMs: 1_800_000 });
  });

  test('fire by cron as Temporal reads it, which is given it as it is', () => {
    const [own] = firings(bundle([drill()]), { cron: '0 4 1 * mon' });
    expect(own).toMatchObject({ when: '0 4 1 * mon', cronExpressions: ['0 4 1 * mon'], everyMs: null });
  });

  test('have a witness ahead of each backup of the Velero schedule that is drilled', () => {
    const of = bundle([daily('0 2 * * *'), drill({ of: { schedule: 'platform-daily' } })]);
    expect(firings(of, { cron: '0 4 * * *', lead: '15m' })[2]).toMatchObject({
      mode: 'witness',
      when: '15m before 0 2 * * *',
      cronExpressions: ['45 1 * * *'],
    });
  });

  test.each([
    ['1.18.2', ['45 1 1 * *', '45 1 * * 1']],
    ['1.18.3', ['45 1 1 * 1']],
  ])('have their witnesses ahead of the backups of the Velero that is there: %s', (veleroVersion, cronExpressions) => {
    const of = bundle([daily('0 2 1 * 1', veleroVersion), drill({ of: { schedule: 'platform-daily' } })]);
    expect(firings(of, { cron: '0 4 * * *', lead: '15m' })[2]).toMatchObject({ cronExpressions });
  });

  test.each([
    ['that the rollout does not declare', [] as Step[]],
    ['that has no times by the clock', [daily('@every 6h')]],
  ])('are refused for a Velero schedule %s', (_what, steps) => {
    const of = bundle([...steps, drill({ of: { schedule: 'platform-daily' } })]);
    expect(() => firings(of, { cron: '0 4 * * *' })).toThrow(/cannot be told/);
  });

  test('know which schedule a step drills, and that most drill their own backups', () => {
    expect([scheduleOf({ of: { schedule: 'daily' } }), scheduleOf({ of: 'backup' }), scheduleOf({})]).toEqual([
      'daily',
      null,
      null,
    ]);
  });
});
