import { S3Error } from 'minio';
import { jsonIn, readNumber, readText } from '../../domain/json-fields.ts';
import type { BucketHandle } from '../ask.ts';
import { exchange } from '../exchange.ts';
import { jsonAnswer } from './query.ts';
import type { BucketSetting } from './setting.ts';

const UNITS = ['Ki', 'Mi', 'Gi', 'Ti'];

/** How large the bucket may become, in bytes; null: as large as there is room. Not of the S3 API, but of MinIO's own. */
export const quota: BucketSetting<number | null> = {
  name: 'quota',
  wanted: (spec) => (spec.quota === undefined ? undefined : spec.quota === 'none' ? null : bytesOf(spec.quota)),
  read: async (handle) => {
    const answer = jsonAnswer(handle, 'the quota', await askMinio(handle, 'GET', 'get-bucket-quota'));
    const size = readNumber(answer, ['quota'], 0);
    return size > 0 ? size : null;
  },
  write: async (handle, bytes) => {
    const size = bytes ?? 0;
    await askMinio(
      handle,
      'PUT',
      'set-bucket-quota',
      JSON.stringify({ quota: size, size, ...(bytes === null ? {} : { quotatype: 'hard' }) }),
    );
  },
  show: (bytes) => (bytes === null ? [] : [sizeOf(bytes)]),
  lacks: (server) =>
    server.brand === 'MinIO'
      ? null
      : {
          why: 'has no quotas for buckets that could be set over the network: only MinIO has',
          next:
            'Leave quota out of the step and limit the bucket by means of the server. If this is a MinIO behind a ' +
            'proxy, let its Server header through.',
        },
};

/** MinIO's own API beside that of S3: signed the same way, its answers in JSON. */
function askMinio(handle: BucketHandle, method: 'GET' | 'PUT', verb: string, payload = ''): Promise<string> {
  const query = `bucket=${handle.bucket}`;
  const key = `admin/v3/${verb}`;
  return handle.byPath().ask(`${method === 'GET' ? 'reading' : 'setting'} the quota`, async (client) => {
    const accept = [200, 400, 403, 404];
    const { status, body } = await exchange(client, { method, bucket: 'minio', key, query, payload, accept });
    if (status === 200) return body.toString('utf8');
    throw Object.assign(new S3Error('refused by MinIO'), { code: codeOf(body.toString('utf8')) });
  });
}

function codeOf(text: string): string {
  return readText(jsonIn(text), 'Code') ?? '';
}

function bytesOf(size: string): number {
  const unit = UNITS.findIndex((name) => size.endsWith(name));
  return Number(size.slice(0, -2)) * 1024 ** (unit + 1);
}

/** In the largest unit that leaves nothing over. */
function sizeOf(bytes: number): string {
  for (let unit = UNITS.length; unit > 0; unit -= 1) {
    if (bytes % 1024 ** unit === 0) return `${String(bytes / 1024 ** unit)}${UNITS[unit - 1] ?? ''}`;
  }
  return `${String(bytes)} bytes`;
}
