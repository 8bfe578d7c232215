import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Json } from '../../src/domain/json.ts';
import { statusByKind } from '../../scripts/kinds-without-status.ts';
import type { KubernetesClient } from '../../src/kubernetes/client/client.ts';
import { readObject, readText } from '../../src/domain/json-fields.ts';
import { judge } from '../../src/kubernetes/status/judge.ts';
import { KINDS_WITHOUT_STATUS } from '../../src/kubernetes/status/kinds-without-status.ts';
import { openLabCluster } from '../support/lab-cluster.ts';

let client: KubernetesClient;
let served: ReadonlyMap<string, boolean>;

/** Groups whose kinds are compiled into the server; those of definitions come and go. */
const isBuiltIn = (path: string): boolean =>
  /^api\/v1$|^apis\/(apps|autoscaling|batch|policy|[^/]+\.k8s\.io)\//.test(path) &&
  // Of definitions too, which other tests bring.
  !/snapshot\.storage|sparkoperator/.test(path);

beforeAll(async () => {
  client = await openLabCluster();
  const paths = Object.entries(readObject(await client.readJson('/openapi/v3'), 'paths'));
  const documents = await Promise.all(
    paths
      .filter(([path]) => isBuiltIn(path))
      .map(async ([, entry]): Promise<Json> => client.readJson(readText(entry, 'serverRelativeURL') ?? '')),
  );
  served = statusByKind(documents);
});
afterAll(async () => {
  await client.close();
});

describe('the kinds that never have a status', () => {
  test('are those whose schema on the running server has none', () => {
    expect(served.size).toBeGreaterThan(40);
    const without = [...served].flatMap(([name, hasStatus]) => (hasStatus ? [] : [name]));
    expect(without.filter((name) => !KINDS_WITHOUT_STATUS.has(name))).toEqual([]);
    expect([...KINDS_WITHOUT_STATUS].filter((name) => served.get(name) === true)).toEqual([]);
  });

  test('are in force when they are stored', () => {
    for (const name of KINDS_WITHOUT_STATUS) {
      const [group = '', kind = ''] = name.split('/');
      const apiVersion = group === '' ? 'v1' : `${group}/v1`;
      expect([name, judge({ apiVersion, kind, metadata: { name: 'one' } }).state]).toEqual([name, 'ready']);
    }
  });

  test('leave no kind of the server without an answer', () => {
    const unjudged = [...served.keys()].filter((name) => {
      const [group = '', kind = ''] = name.split('/');
      const apiVersion = group === '' ? 'v1' : `${group}/v1`;
      return judge({ apiVersion, kind, metadata: { name: 'one', generation: 1 } }).state === 'unknown';
    });
    expect(unjudged).toEqual(['/Node', 'networking.k8s.io/ServiceCIDR']);
  });
});
