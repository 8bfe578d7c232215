import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { PRIVATE, writeFileAtomically } from '../files.ts';
import { LOOPBACK } from '../ports.ts';
import { reasonOf } from '../probe.ts';
import type { ServerContext } from '../context.ts';
import type { ServerDefinition } from './definition.ts';

const PARTS = ['s3', 'master', 'volume', 'filer'] as const;
const grpc = (part: string) => `${part}.grpc`;

/**
 * What its parts listen on, the one that people connect to first.
 *
 * @internal a test that has a server of its own calls it in the same way.
 */
export const SEAWEEDFS_PORTS: readonly string[] = [...PARTS, ...PARTS.map(grpc)];

/**
 * How SeaweedFS is called: only what S3 needs, on loopback alone; no bucket is made by a mere upload, and nobody is told of this server.
 *
 * @param at.data a directory; `at.identities` the file that says who may do what; `at.sockets` a directory for its sockets.
 * @param port by the names of `SEAWEEDFS_PORTS`.
 * @internal a test that has a server of its own calls it in the same way.
 */
export function seaweedfsArguments(
  at: { readonly data: string; readonly identities: string; readonly sockets: string },
  port: (use: string) => number,
): readonly string[] {
  return [
    ...['server', `-dir=${at.data}`, `-ip=${LOOPBACK}`, `-ip.bind=${LOOPBACK}`],
    ...['-master.telemetry=false', '-master.volumeSizeLimitMB=64', '-volume.max=100'],
    ...['-s3', `-s3.config=${at.identities}`, '-s3.autoCreateBucket=false'],
    ...['-s3.port.iceberg=0', '-s3.port.lance=0'],
    ...[`-s3.localSocket=${join(at.sockets, 's3.sock')}`, `-filer.localSocket=${join(at.sockets, 'filer.sock')}`],
    ...PARTS.flatMap((part) => [
      `-${part}.port=${String(port(part))}`,
      `-${part}.port.grpc=${String(port(grpc(part)))}`,
    ]),
  ];
}

/** SeaweedFS in the place of MinIO: it need not be compiled. All of its parts are one process. */
export const seaweedfs: ServerDefinition = {
  name: 'seaweedfs',
  title: 'SeaweedFS (S3)',
  needs: [],
  tools: ['weed'],
  ports: SEAWEEDFS_PORTS,
  web: ['s3'],
  prepare: (context) => {
    mkdirSync(join(context.home, 'data'), { recursive: true, mode: 0o700 });
    const { s3AccessKey: accessKey, s3SecretKey: secretKey } = context.secrets;
    const identities = [{ name: 'lab', credentials: [{ accessKey, secretKey }], actions: ['Admin'] }];
    writeFileAtomically(identitiesFile(context), JSON.stringify({ identities }), PRIVATE);
    return Promise.resolve();
  },
  command: (context) => ({
    program: context.tool('weed'),
    args: seaweedfsArguments(
      { data: join(context.home, 'data'), identities: identitiesFile(context), sockets: context.paths.tmp },
      (use) => context.port('seaweedfs', use),
    ),
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
