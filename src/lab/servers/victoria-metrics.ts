import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { PRIVATE, writeFileAtomically } from '../files.ts';
import { LOOPBACK } from '../ports.ts';
import { probe } from '../probe.ts';
import type { ServerContext } from '../context.ts';
import type { ServerDefinition } from './definition.ts';
import type { ServerName } from './names.ts';

/** VictoriaMetrics, which scrapes every server of the lab that tells of itself. */
export const victoriaMetrics: ServerDefinition = {
  name: 'victoria-metrics',
  title: 'VictoriaMetrics',
  // All that it is told an address of.
  needs: [
    ...(['temporal', 'minio', 'etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const),
    ...(['velero', 'node-exporter', 'postgres-exporter', 'alertmanager'] as const),
  ],
  tools: ['victoria-metrics'],
  ports: ['http'],
  web: ['http'],
  prepare: (context) => {
    writeFileAtomically(
      minioToken(context),
      tokenOf(context.secrets.s3AccessKey, context.secrets.s3SecretKey),
      PRIVATE,
    );
    writeFileAtomically(scrapeFile(context), stringify(scrapesOf(context)));
    return Promise.resolve();
  },
  command: (context) => ({
    program: context.tool('victoria-metrics'),
    args: [
      `-httpListenAddr=${LOOPBACK}:${context.port('victoria-metrics', 'http')}`,
      `-storageDataPath=${join(context.home, 'state')}`,
      '-retentionPeriod=30d',
      `-promscrape.config=${scrapeFile(context)}`,
      '-promscrape.fileSDCheckInterval=2s',
      // Whoever has just seen a thing happen asks for it now: nothing is held back for scrapes that are under way.
      '-search.latencyOffset=0s',
      `-vmalert.proxyURL=http://${LOOPBACK}:${context.port('vmalert', 'http')}`,
      '-memory.allowedBytes=128MB',
      '-loggerLevel=WARN',
    ],
  }),
  unready: (context) => probe(`${metricsUrl(context)}/health`),
};

/** Base of Prometheus' API. */
export function metricsUrl(context: ServerContext): string {
  return `http://${LOOPBACK}:${String(context.port('victoria-metrics', 'http'))}`;
}

function scrapesOf(context: ServerContext) {
  const { paths } = context;
  const at = (server: ServerName, use: string) => `${LOOPBACK}:${String(context.port(server, use))}`;
  const job = (name: string, target: string, more: object = {}) => ({
    job_name: name,
    static_configs: [{ targets: [target] }],
    ...more,
  });
  const pki = (name: string) => join(paths.pki, name);
  const kubernetes = {
    scheme: 'https',
    // They tell megabytes.
    scrape_interval: '15s',
    tls_config: { ca_file: pki('ca.crt'), cert_file: pki('admin.crt'), key_file: pki('admin.key') },
  };
  const minio = { metrics_path: '/minio/v2/metrics/cluster', bearer_token_file: minioToken(context) };
  return {
    global: { scrape_interval: '5s' },
    scrape_configs: [
      job('kube-apiserver', at('kube-apiserver', 'https'), kubernetes),
      job('kube-controller-manager', at('kube-controller-manager', 'https'), kubernetes),
      job('kube-scheduler', at('kube-scheduler', 'https'), kubernetes),
      job('etcd', at('etcd', 'client')),
      // SeaweedFS tells of itself elsewhere, and other things.
      ...(context.has('seaweedfs') ? [] : [job('minio', at('minio', 's3'), minio)]),
      // It tells more than a megabyte for each namespace, and more than 16 are not taken unless one says so.
      job('temporal', at('temporal', 'metrics'), { scrape_interval: '15s', max_scrape_size: '256MB' }),
      // On a real node it is a pod, whose port nobody of the lab knows.
      ...(context.has('node') ? [] : [job('velero', at('velero', 'metrics'))]),
      job('node-exporter', at('node-exporter', 'http')),
      job('postgres-exporter', at('postgres-exporter', 'http')),
      job('alertmanager', at('alertmanager', 'http')),
      job('victoria-metrics', at('victoria-metrics', 'http')),
      job('vmalert', at('vmalert', 'http')),
      { job_name: 'others', file_sd_configs: [{ files: [join(paths.targets, '*.json')] }] },
    ],
  };
}

/** What MinIO asks for before it tells of itself: a JWT, signed by the secret key. */
function tokenOf(accessKey: string, secretKey: string): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const expires = Math.floor(Date.now() / 1_000) + TOKEN_SECONDS;
  const signed = `${part({ alg: 'HS512', typ: 'JWT' })}.${part({ sub: accessKey, iss: 'prometheus', exp: expires })}`;
  return `${signed}.${createHmac('sha512', secretKey).update(signed).digest('base64url')}`;
}

/** A year, after which the next start makes another. */
const TOKEN_SECONDS = 366 * 86_400;

function minioToken(context: ServerContext): string {
  return join(context.home, 'minio-token');
}

function scrapeFile(context: ServerContext): string {
  return join(context.home, 'scrape.yaml');
}
