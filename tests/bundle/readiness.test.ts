import { describe, expect, test } from '@jest/globals';
import { loadRollout } from '../../src/bundle/load.ts';
import { problemLine } from '../../src/bundle/problem.ts';
import { rolloutOf } from './scratch.ts';

const HEAD = `apiVersion: windlass.dev/v1alpha1
kind: Rollout
metadata: { name: shop }
spec:
  parameters: { volumes: { default: true } }
  targets: { web: { kind: http } }
  measures: [{ name: up, target: web, with: { protocol: promql, query: up } }]
  phases:
    - name: only
      steps:
        - { name: ask, kind: probe, target: web, with: { protocol: http } }
        - { name: agree, kind: approval, approval: { reason: it is at stake }, with: {} }
`;
const ENVIRONMENT = `apiVersion: windlass.dev/v1alpha1
kind: Environment
metadata: { name: lab }
spec:
  targets: { web: { kind: http, url: { fromEnv: WEB_URL } } }
  decisions: { groups: { platform: [ann, bob] } }
`;

async function loaded(readiness: string, exemptions = '') {
  const files = {
    'rollout.yaml': `${HEAD}  readiness:\n${readiness}`,
    'environments/lab.yaml': `${ENVIRONMENT}${exemptions}`,
  };
  await using directory = await rolloutOf(null, files);
  return await loadRollout(directory.path, 'lab');
}

async function problemsOf(readiness: string, exemptions?: string): Promise<readonly string[]> {
  const result = await loaded(readiness, exemptions);
  return result.ok ? [] : result.problems.map(problemLine);
}

const area = (...checks: readonly string[]) =>
  `    areas:\n      - name: core\n        checks:\n${checks.map((one) => `          - ${one}\n`).join('')}`;
const ASK = '{ name: ask, evidence: { from: step, step: only/ask } }';
const exempting = (fields: string) => `  exemptions:\n    - ${fields}\n`;
const EXEMPTION = '{ check: core/ask, reason: late, requestedBy: ann, approvedBy: bob, until: 2026-01-31 }';

describe('spec.readiness', () => {
  test('is taken into the bundle with the exemptions of the environment', async () => {
    expect(await loaded(area(ASK), exempting(EXEMPTION))).toMatchObject({
      ok: true,
      bundle: {
        readiness: {
          cap: 50,
          areas: [
            {
              ...{ name: 'core', weight: 1 },
              checks: [{ name: 'ask', points: 1, level: 'base', must: false, maxAge: '7d' }],
            },
          ],
          exemptions: [{ check: 'core/ask', until: '2026-01-31' }],
        },
      },
    });
  });

  test('that has no exemptions has none in the bundle', async () => {
    const result = await loaded(area(ASK));
    expect(result.ok && result.bundle.readiness && 'exemptions' in result.bundle.readiness).toBe(false);
  });

  test.each([
    [
      'a check of a step that is not there, at its place',
      area('{ name: ask, evidence: { from: step, step: only/aks } }'),
      'rollout.yaml:17:56: "only/aks" is no step that verifies anything of this rollout (did you mean "only/ask"?)',
    ],
    [
      'a check of a step that is a gate and verifies nothing',
      area('{ name: ask, evidence: { from: step, step: only/agree } }'),
      '"only/agree" is no step that verifies anything of this rollout; there are "only/ask"',
    ],
    [
      'a check of a step that proves no backup',
      area('{ name: ask, evidence: { from: drill, drill: only/ask } }'),
      '"only/ask" is no step that proves backups of this rollout; there are none',
    ],
    [
      'a check of a measure that is not there',
      area('{ name: ask, evidence: { from: measure, measure: upp, atLeast: 1 } }'),
      '"upp" is no measure of this rollout (did you mean "up"?)',
    ],
    [
      'a measure that is compared with nothing',
      area('{ name: ask, evidence: { from: measure, measure: up } }'),
      'needs exactly one of equals, atLeast, atMost and between',
    ],
    [
      'evidence from nowhere',
      area('{ name: ask, evidence: { from: stepp, step: only/ask } }'),
      'unknown from "stepp" (did you mean "step"?); known: "step", "drill", "measure", "probe", "manual"',
    ],
    [
      'points that are not positive',
      area('{ name: ask, points: 0, evidence: { from: step, step: only/ask } }'),
      'rollout.yaml:17:34: points: must be more than 0',
    ],
    [
      'a weight that is not positive',
      area(ASK).replace('name: core', 'name: core\n        weight: -1'),
      'rollout.yaml:16:17: weight: must be more than 0',
    ],
    [
      'an unknown level',
      area('{ name: ask, level: perfect, evidence: { from: step, step: only/ask } }'),
      'level: must be one of "base", "good", "best", not "perfect"',
    ],
    ['two checks of one name', area(ASK, ASK), 'name: there are two checks "ask"'],
    ['an area without checks', '    areas: [{ name: core, checks: [] }]\n', 'checks: must not be empty'],
    ['a cap of more than all', `    cap: 101\n${area(ASK)}`, 'cap: must be at most 100'],
    [
      'a condition on a parameter that is not there',
      area('{ name: ask, when: { parameter: volume, equals: true }, evidence: { from: step, step: only/ask } }'),
      'unknown parameter "volume" (did you mean "volumes"?)',
    ],
    [
      'a question to a target that is not there',
      area('{ name: ask, evidence: { from: probe, target: wep, with: { protocol: http } } }'),
      'rollout.yaml:17:59: unknown target "wep" (did you mean "web"?)',
    ],
    [
      'a question that its target does not understand',
      area(
        '{ name: ask, evidence: { from: probe, target: web, with: { protocol: sql, database: a, query: b, equals: 1 } } }',
      ),
      'a probe over sql needs a target of kind postgres, and "web" is of kind http',
    ],
    [
      'a question with a secret that is not there',
      area('{ name: ask, evidence: { from: probe, target: web, with: { protocol: http, ca: { secret: ca } } } }'),
      'environments/lab.yaml has no secret "ca"',
    ],
    [
      'a question that is none',
      area('{ name: ask, evidence: { from: probe, target: web, with: { protocol: promql, query: up } } }'),
      'needs exactly one of equals, atLeast, atMost and between',
    ],
    [
      'a manual check that need not be signed, where signatures are required',
      area('{ name: ask, evidence: { from: manual, question: Is it?, by: [ann], signed: false } }'),
      'rollout.yaml:17:89: a manual check must be signed here, since environments/lab.yaml requires signatures',
    ],
    [
      'a manual check that nobody may answer',
      area('{ name: ask, evidence: { from: manual, question: Is it?, by: [] } }'),
      'by: must not be empty',
    ],
  ])('refuses %s', async (_, readiness, message) => {
    expect(await problemsOf(readiness)).toEqual([expect.stringContaining(message)]);
  });

  test('lets a manual check be unsigned where signatures are optional', async () => {
    const manual = area('{ name: ask, evidence: { from: manual, question: Is it?, by: [ann], signed: false } }');
    const files = {
      'rollout.yaml': `${HEAD}  readiness:\n${manual}`,
      'environments/lab.yaml': ENVIRONMENT.replace('decisions: {', 'decisions: { signatures: optional,'),
    };
    await using directory = await rolloutOf(null, files);
    expect(await loadRollout(directory.path, 'lab')).toMatchObject({ ok: true });
  });

  test('names secrets of the environment, and has their references in the bundle', async () => {
    const asking = area(
      '{ name: ask, evidence: { from: probe, target: web, with: { protocol: http, ca: { secret: ca } } } }',
    );
    expect(await loaded(asking, '  secrets: { ca: { fromFile: /ca.pem } }\n')).toMatchObject({
      ok: true,
      bundle: { readiness: { areas: [{ checks: [{ evidence: { with: { ca: { fromFile: '/ca.pem' } } } }] }] } },
    });
  });
});

describe('an exemption', () => {
  test.each([
    [
      'without an end',
      '{ check: core/ask, reason: late, requestedBy: ann, approvedBy: bob }',
      'environments/lab.yaml:8:7: the field "until" is missing',
    ],
    ['until no time', EXEMPTION.replace('2026-01-31', 'soon'), 'until: must be a date (2026-01-31) or a moment'],
    ['without a reason', EXEMPTION.replace('reason: late, ', ''), 'the field "reason" is missing'],
    [
      'that is granted by who asks for it, in whatever letters',
      EXEMPTION.replace('bob', 'ANN'),
      'approvedBy: must be somebody else than who asks for it',
    ],
    [
      'that is granted by a group',
      EXEMPTION.replace('bob', 'platform'),
      'environments/lab.yaml:8:70: "platform" is a group here, and nobody who could ask or grant',
    ],
    [
      'of a check that is not there',
      EXEMPTION.replace('core/ask', 'core/aks'),
      'environments/lab.yaml:8:16: the rollout has no check "core/aks" (did you mean "core/ask"?)',
    ],
  ])('%s is refused', async (_, exemption, message) => {
    expect(await problemsOf(area(ASK), exempting(exemption))).toEqual([expect.stringContaining(message)]);
  });
});

describe('a gate that demands a readiness', () => {
  const gated = (readiness: string) =>
    HEAD.replace('reason: it is at stake', `reason: it is at stake, readiness: ${readiness}`);
  const found = async (rollout: string) => {
    const files = { 'rollout.yaml': rollout, 'environments/lab.yaml': ENVIRONMENT };
    await using directory = await rolloutOf(null, files);
    const result = await loadRollout(directory.path, 'lab');
    return result.ok ? [] : result.problems.map(problemLine);
  };

  test.each(['good', '85'])('takes a level or a score: %s', async (wanted) => {
    expect(await found(`${gated(wanted)}  readiness:\n${area(ASK)}`)).toEqual([]);
  });

  test('is refused where nothing says what makes the platform ready, at its place', async () => {
    expect(await found(gated('good'))).toEqual([
      'rollout.yaml:12:89: nothing says here what makes the platform ready: write spec.readiness',
    ]);
  });

  test.each([
    ['perfect', 'must be base, good, best, or a score of more than 0 and at most 100'],
    ['0', 'must be more than 0'],
    ['101', 'must be at most 100'],
  ])('is refused for what is neither: %s', async (wanted, message) => {
    expect(await found(`${gated(wanted)}  readiness:\n${area(ASK)}`)).toEqual([
      `rollout.yaml:12:89: readiness: ${message}`,
    ]);
  });
});
