import { describe, expect, test } from '@jest/globals';
import { loadRollout } from '../../src/bundle/load.ts';
import { problemLine } from '../../src/bundle/problem.ts';
import { rolloutOf } from './scratch.ts';

const HEAD = `apiVersion: windlass.dev/v1alpha1
kind: Rollout
metadata: { name: shop }
spec:
  targets:
    cluster: { kind: kubernetes }
    database: { kind: postgres }
    store: { kind: s3 }
    metrics: { kind: http }
    names: { kind: dns }
`;
const ENVIRONMENT = `apiVersion: windlass.dev/v1alpha1
kind: Environment
metadata: { name: lab }
spec:
  targets:
    cluster: { kind: kubernetes, kubeconfig: { fromEnv: KUBECONFIG_TEXT } }
    database: { kind: postgres, url: { fromEnv: DATABASE_URL } }
    store: { kind: s3, endpoint: { fromEnv: S3_URL }, accessKey: { fromEnv: S3_KEY }, secretKey: { fromEnv: S3_SECRET } }
    metrics: { kind: http, url: { fromEnv: METRICS_URL } }
    names: { kind: dns, server: { fromEnv: DNS_SERVER } }
  secrets: { token: { fromEnv: TOKEN } }
`;
const STEPS = `  phases:
    - name: only
      steps:
        - { name: ask, kind: probe, target: metrics, with: { protocol: http } }
`;

async function loaded(rollout: string) {
  await using directory = await rolloutOf(null, { 'rollout.yaml': rollout, 'environments/lab.yaml': ENVIRONMENT });
  return await loadRollout(directory.path, 'lab');
}

async function problemsOf(rollout: string): Promise<readonly string[]> {
  const result = await loaded(rollout);
  return result.ok ? [] : result.problems.map(problemLine);
}

/** Problems of a rollout with one measure, in one line. */
const ofMeasure = (measure: string) => problemsOf(`${HEAD}  measures:\n    - ${measure}\n${WITH_TOKEN}`);
/** Problems of a rollout with one probe. */
const ofProbe = (target: string, settings: string) =>
  problemsOf(`${HEAD}${WITH_TOKEN}        - { name: it, kind: probe, target: ${target}, with: ${settings} }\n`);
const WITH_TOKEN = STEPS.replace('protocol: http }', 'protocol: http, headers: { X-Token: { secret: token } } }');

describe('spec.measures', () => {
  test('is taken into the bundle with its references resolved', async () => {
    const result = await loaded(`${HEAD}  measures:
    - name: pods
      title: Running pods
      better: higher
      target: cluster
      with: { protocol: kubernetes, kind: Pod, count: self.status.phase == 'Running' }
    - name: up
      target: metrics
      with: { protocol: promql, query: count(up), headers: { Authorization: { secret: token } } }
${STEPS}`);
    expect(result).toMatchObject({
      ok: true,
      bundle: {
        measures: [
          {
            name: 'pods',
            title: 'Running pods',
            better: 'higher',
            with: { apiVersion: 'v1', kind: 'Pod', selector: {} },
          },
          { name: 'up', with: { query: 'count(up)', headers: { Authorization: { fromEnv: 'TOKEN' } } } },
        ],
      },
    });
  });

  test('that is not there leaves the bundle as it was', async () => {
    const result = await loaded(`${HEAD}${WITH_TOKEN}`);
    expect(result.ok && 'measures' in result.bundle).toBe(false);
  });

  test('two measures of one name are refused, at the second', async () => {
    const one = '{ name: up, target: metrics, with: { protocol: promql, query: up } }';
    expect(await problemsOf(`${HEAD}  measures:\n    - ${one}\n    - ${one}\n${WITH_TOKEN}`)).toEqual([
      'rollout.yaml:13:15: name: there are two measures "up"',
    ]);
  });

  test.each([
    [
      'an expression that does not read, with its position',
      '{ name: pods, target: cluster, with: { protocol: kubernetes, kind: Pod, count: "self.status. == 1" } }',
      'count: column 14: ',
    ],
    [
      'an expression that gives no number',
      `{ name: pods, target: cluster, with: { protocol: kubernetes, kind: Pod, sum: "'a'" } }`,
      'sum: gives a value of type string, not a number',
    ],
    [
      'an expression that is no condition',
      '{ name: pods, target: cluster, with: { protocol: kubernetes, kind: Pod, count: size(self.x) } }',
      'count: gives a value of type int, not a truth',
    ],
    [
      'both a count and a sum',
      '{ name: pods, target: cluster, with: { protocol: kubernetes, kind: Pod, count: "true", sum: "1" } }',
      'needs count or sum, not both',
    ],
    [
      'an unknown target',
      '{ name: up, target: metric, with: { protocol: promql, query: up } }',
      'unknown target "metric" (did you mean "metrics"?)',
    ],
    [
      'a target of another kind',
      '{ name: up, target: store, with: { protocol: promql, query: up } }',
      'a measure over promql needs a target of kind http, and "store" is of kind s3; suitable: "metrics"',
    ],
    [
      'an unknown protocol',
      '{ name: up, target: metrics, with: { protocol: promsql, query: up } }',
      'unknown protocol "promsql" (did you mean "promql"?)',
    ],
    [
      'an unknown secret',
      '{ name: up, target: metrics, with: { protocol: promql, query: up, ca: { secret: tokn } } }',
      'environments/lab.yaml has no secret "tokn" (did you mean "token"?)',
    ],
    [
      'a secret in a header',
      '{ name: up, target: metrics, with: { protocol: promql, query: up, headers: { Authorization: Bearer x } } }',
      'carries credentials: its value must be a reference',
    ],
    [
      'a comparison, which only probes have',
      '{ name: up, target: metrics, with: { protocol: promql, query: up, atLeast: 1 } }',
      'unknown field "atLeast"',
    ],
    [
      'neither pointer nor expression',
      '{ name: up, target: metrics, with: { protocol: http, json: {} } }',
      'needs either at or value',
    ],
    [
      'a pointer that is none',
      '{ name: up, target: metrics, with: { protocol: http, json: { at: status.ready } } }',
      'must be a JSON pointer (RFC 6901)',
    ],
    [
      'a bucket whose buckets are counted',
      '{ name: up, target: store, with: { protocol: s3, bucket: raw, of: buckets } }',
      'counts all buckets: it has neither bucket nor prefix',
    ],
  ])('refuses %s', async (_, measure, message) => {
    expect(await ofMeasure(measure)).toEqual([expect.stringContaining(message)]);
  });

  test('refuses more than a hundred', async () => {
    const many = Array.from(
      { length: 101 },
      (_, at) => `    - { name: m${at}, target: metrics, with: { protocol: promql, query: up } }\n`,
    );
    expect(await problemsOf(`${HEAD}  measures:\n${many.join('')}${WITH_TOKEN}`)).toEqual([
      expect.stringContaining('measures: must be at most 100'),
    ]);
  });
});

describe('a probe', () => {
  const ONE = 'needs exactly one of equals, atLeast, atMost and between';
  test.each([
    ['without comparison', 'metrics', '{ protocol: promql, query: up }', ONE],
    ['with two comparisons', 'metrics', '{ protocol: promql, query: up, equals: 1, atLeast: 1 }', ONE],
    ['of SQL without comparison', 'database', '{ protocol: sql, database: a, query: SELECT 1 }', ONE],
    ['with an empty interval', 'metrics', '{ protocol: promql, query: up, between: [2, 1] }', 'the smaller one first'],
    ['of JSON without comparison', 'metrics', '{ protocol: http, json: { at: /a } }', ONE],
    [
      'of JSON without a place',
      'metrics',
      '{ protocol: http, json: { equals: 1 } }',
      'needs exactly one of at, value and holds',
    ],
    [
      'of JSON that holds and is compared',
      'metrics',
      '{ protocol: http, json: { holds: "true", equals: 1 } }',
      'or holds alone',
    ],
    [
      'of no question to a cluster',
      'cluster',
      '{ protocol: kubernetes, kind: Pod }',
      'needs exactly one of holds, count and sum',
    ],
    [
      'of one object and many',
      'cluster',
      '{ protocol: kubernetes, kind: Pod, name: a, namespaces: [b], holds: "true" }',
      'one object has name, namespace and holds',
    ],
    [
      'with an expression that does not read, with its position',
      'cluster',
      '{ protocol: kubernetes, kind: Pod, name: a, holds: "self.a ==" }',
      'holds: column 10: ',
    ],
    [
      'that compares a round trip',
      'store',
      '{ protocol: s3, bucket: raw, roundTrip: true, atLeast: 1 }',
      'none with roundTrip',
    ],
    ['of a bucket that is none', 'store', '{ protocol: s3, bucket: Raw_1 }', 'must be the name of a bucket'],
    ['of TLS to a database', 'database', '{ protocol: tls }', 'a probe over tls needs a target of kind http or s3'],
    ['of names to a server', 'metrics', '{ protocol: dns, names: [a] }', 'a probe over dns needs a target of kind dns'],
    ['of no names', 'names', '{ protocol: dns, names: [] }', 'names: must not be empty'],
    ['of a name that is none', 'names', '{ protocol: dns, names: ["a b"] }', 'must be a host name'],
  ])('%s is refused', async (_, target, settings, message) => {
    expect(await ofProbe(target, settings)).toEqual([expect.stringContaining(message)]);
  });
});
