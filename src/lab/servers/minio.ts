import { join } from 'node:path';
import { LOOPBACK } from '../ports.ts';
import { probe } from '../probe.ts';
import type { ServerContext } from '../context.ts';
import type { ServerDefinition } from './definition.ts';

/** MinIO on one directory. */
export const minio: ServerDefinition = {
  name: 'minio',
  title: 'MinIO (S3)',
  needs: [],
  tools: ['minio'],
  ports: ['s3', 'console'],
  web: ['s3', 'console'],
  command: (context) => ({
    program: context.tool('minio'),
    args: [
      ...['server', join(context.home, 'objects'), '--address', `${LOOPBACK}:${context.port('minio', 's3')}`],
      ...['--console-address', `${LOOPBACK}:${context.port('minio', 'console')}`],
      ...['--certs-dir', join(context.home, 'certs'), '--anonymous'],
    ],
    env: {
      MINIO_ROOT_USER: context.secrets.s3AccessKey,
      MINIO_ROOT_PASSWORD: context.secrets.s3SecretKey,
      MINIO_UPDATE: 'off',
    },
  }),
  unready: (context) => probe(`${s3Endpoint(context)}/minio/health/live`),
};

function s3Endpoint(context: ServerContext): string {
  return `http://${LOOPBACK}:${context.port('minio', 's3')}`;
}
