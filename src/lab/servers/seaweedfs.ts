import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { PRIVATE, writeFileAtomically } from '../files.ts';
import { LOOPBACK } from '../ports.ts';
import { reasonOf } from '../probe.ts';
import type { ServerContext } from '../context.ts';
import type { ServerDefinition } from './definition.ts';

const PARTS = ['s3', 'master', 'volume', 'filer'] as const;
const grpc = (part: string) => `${part}.grpc`;

/** SeaweedFS in the place of MinIO: it need not be compiled. All of its parts are one process. */
export const seaweedfs: ServerDefinition = {
  name: 'seaweedfs',
  title: 'SeaweedFS (S3)',
  needs: [],
  tools: ['weed'],
  ports: [...PARTS, ...PARTS.map(grpc)],
  web: ['s3'],
  prepare: (context) => {
    mkdirSync(join(context.home, 'data'), { recursive: true, mode: 0o700 });
    const { s3AccessKey: accessKey, s3SecretKey: secretKey } = context.secrets;
    const identities = [{ name: 'lab', credentials: [{ accessKey, secretKey }], actions: ['Admin'] }];
    writeFileAtomically(identitiesFile(context), JSON.stringify({ identities }), PRIVATE);
    return Promise.resolve();
  },
  // Only what S3 needs, on loopback alone; no bucket is made by a mere upload, and nobody is told of this server.
  command: (context) => ({
    program: context.tool('weed'),
    args: [
      ...['server', `-dir=${join(context.home, 'data')}`, `-ip=${LOOPBACK}`, `-ip.bind=${LOOPBACK}`],
      ...['-master.telemetry=false', '-master.volumeSizeLimitMB=64', '-volume.max=100'],
      ...['-s3', `-s3.config=${identitiesFile(context)}`, '-s3.autoCreateBucket=false'],
      ...['-s3.port.iceberg=0', '-s3.port.lance=0'],
      ...[`-s3.localSocket=${join(context.paths.tmp, 's3.sock')}`],
      `-filer.localSocket=${join(context.paths.tmp, 'filer.sock')}`,
      ...PARTS.flatMap((part) => [
        `-${part}.port=${String(context.port('seaweedfs', part))}`,
        `-${part}.port.grpc=${String(context.port('seaweedfs', grpc(part)))}`,
      ]),
    ],
    env: {},
  }),
  unready: async (context) => {
    try {
      // Refused for want of a signature, as it should be.
      const { status } = await fetch(`http://${LOOPBACK}:${String(context.port('seaweedfs', 's3'))}`);
      return status === 403 ? undefined : `it answers ${String(status)} where it should refuse who is not signed`;
    } catch (error) {
      return reasonOf(error);
    }
  },
};

function identitiesFile(context: ServerContext): string {
  return join(context.home, 's3.json');
}
