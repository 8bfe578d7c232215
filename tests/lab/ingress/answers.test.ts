import { expect, test } from '@jest/globals';
import type { Json } from '../../../src/domain/json.ts';
import { answerOf, type Surroundings } from '../../../src/lab/ingress/answers.ts';

const service: Json = { spec: { ports: [{ name: 'http', port: 80 }, { port: 9000 }] } };
const ready: Json = { endpoints: [{ conditions: { ready: true } }] };

function answered(port: string, around: Partial<Surroundings> = {}) {
  return answerOf(
    { namespace: 'shop', service: 'web', port },
    {
      service: () => service,
      slices: () => [ready],
      behind: { 'shop/web:http': 'temporal/ui', 'shop/web:9000': 'minio/s3' },
      servers: { temporal: { ports: { ui: 8233 } } },
      ...around,
    },
  );
}

test('Behind a Service stands the server that the lab was told of, by the name or the number of the port', () => {
  for (const port of ['http', '80'])
    expect(answered(port)).toEqual({ server: 'temporal/ui', address: '127.0.0.1:8233' });
});

test('A backend that no controller could lead to is missing, in a lab as elsewhere', () => {
  expect(answered('http', { service: () => undefined })).toEqual({
    ...{ nothingReal: false, why: 'There is no Service shop/web.' },
  });
  expect(answered('grpc')).toEqual({ nothingReal: false, why: 'Service shop/web has no port grpc.' });
  expect(answered('http', { slices: () => [{ endpoints: [{ conditions: { ready: false } }] }] })).toEqual({
    ...{ nothingReal: false, why: 'No endpoint of Service shop/web is ready.' },
  });
});

test('Where the lab has no server for it, it says that nothing real stands there', () => {
  expect(answered('http', { behind: {} })).toEqual({
    ...{ nothingReal: true, why: 'Nothing real stands behind Service shop/web:http in this lab.' },
  });
  expect(answered('9000')).toMatchObject({ nothingReal: true, why: expect.stringContaining('minio/s3') });
});
