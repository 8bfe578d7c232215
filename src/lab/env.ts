import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { LabFailure } from './failure.ts';
import { labDirectory, labPaths } from './directory.ts';
import { makeRepository } from './repository.ts';
import { PRIVATE, readIfThere, writeFileAtomically } from './files.ts';
import { LOOPBACK } from './ports.ts';
import type { ServerContext } from './context.ts';
import { alertmanagerUrl, alertReceiver } from './servers/alertmanager.ts';
import { dolphinschedulerUrl } from './servers/dolphinscheduler.ts';
import { ingressTlsUrl, ingressUrl } from './servers/nginx.ts';
import { s3Address } from './servers/object-store.ts';
import { postgresUrl } from './servers/postgres.ts';
import { logsUrl } from './servers/victoria-logs.ts';
import { metricsUrl } from './servers/victoria-metrics.ts';
import { workerKeyFile } from './secrets.ts';
import { cachedPath } from './tools/lookup.ts';

/** What users of the lab need to know, as environment variables. */
export interface LabEnv {
  readonly TEMPORAL_ADDRESS: string;
  readonly TEMPORAL_NAMESPACE: string;
  /** Where the lab has monitoring: its Alertmanager, and `host:port` where that tells a worker of test alerts. */
  readonly WINDLASS_LAB_ALERTMANAGER_URL?: string;
  readonly WINDLASS_ALERT_RECEIVER?: string;
  readonly WINDLASS_LAB_APP_PASSWORD: string;
  readonly WINDLASS_LAB_DIR: string;
  /** Base of the API of its stand-in, where the lab has one; user `admin`, with WINDLASS_LAB_APP_PASSWORD. */
  readonly WINDLASS_LAB_DOLPHINSCHEDULER_URL?: string;
  /** An empty Git repository, bare, for what rollouts export. */
  readonly WINDLASS_LAB_GIT_URL: string;
  /** Where the hosts of Ingresses answer, where the lab has nginx for them. */
  readonly WINDLASS_LAB_INGRESS_URL?: string;
  /** The same hosts by TLS, each with the certificate that its Ingress names. */
  readonly WINDLASS_LAB_INGRESS_TLS_URL?: string;
  readonly WINDLASS_LAB_KUBECONFIG: string;
  /** VictoriaLogs, where the lab has logging. */
  readonly WINDLASS_LAB_LOGS_URL?: string;
  /** VictoriaMetrics, where the lab has monitoring; it answers for vmalert's rules as well. */
  readonly WINDLASS_LAB_METRICS_URL?: string;
  readonly WINDLASS_LAB_POSTGRES_URL: string;
  readonly WINDLASS_LAB_S3_ACCESS_KEY: string;
  readonly WINDLASS_LAB_S3_ENDPOINT: string;
  readonly WINDLASS_LAB_S3_SECRET_KEY: string;
  readonly WINDLASS_LAB_TEMPORAL_UI: string;
  /** Seals what workers on the lab record; the lab's own. */
  readonly WINDLASS_WORKER_KEY: string;
  /** Where drills find pg_dump, when the lab had to bring its own PostgreSQL along. */
  readonly WINDLASS_PG_BIN?: string;
}

/** Writes lab.env, readable by its owner alone, and returns what it says. */
export function writeLabEnv(context: ServerContext): LabEnv {
  const { paths, secrets } = context;
  const program = context.tool('postgres');
  const env: LabEnv = {
    TEMPORAL_ADDRESS: `${LOOPBACK}:${context.port('temporal', 'grpc')}`,
    TEMPORAL_NAMESPACE: 'default',
    ...(context.has('monitoring')
      ? {
          WINDLASS_LAB_ALERTMANAGER_URL: alertmanagerUrl(context),
          WINDLASS_LAB_METRICS_URL: metricsUrl(context),
          WINDLASS_ALERT_RECEIVER: alertReceiver(context),
        }
      : {}),
    ...(context.has('logging') ? { WINDLASS_LAB_LOGS_URL: logsUrl(context) } : {}),
    WINDLASS_LAB_APP_PASSWORD: secrets.appPassword,
    WINDLASS_LAB_DIR: paths.dir,
    ...(context.has('dolphinscheduler') ? { WINDLASS_LAB_DOLPHINSCHEDULER_URL: dolphinschedulerUrl(context) } : {}),
    WINDLASS_LAB_GIT_URL: pathToFileURL(makeRepository(join(paths.git, 'exports.git'))).href,
    ...(context.has('ingress')
      ? { WINDLASS_LAB_INGRESS_URL: ingressUrl(context), WINDLASS_LAB_INGRESS_TLS_URL: ingressTlsUrl(context) }
      : {}),
    WINDLASS_LAB_KUBECONFIG: paths.kubeconfig,
    WINDLASS_LAB_POSTGRES_URL: postgresUrl(context),
    WINDLASS_LAB_S3_ACCESS_KEY: secrets.s3AccessKey,
    WINDLASS_LAB_S3_ENDPOINT: s3Address(context),
    WINDLASS_LAB_S3_SECRET_KEY: secrets.s3SecretKey,
    WINDLASS_LAB_TEMPORAL_UI: `http://${LOOPBACK}:${context.port('temporal', 'ui')}`,
    WINDLASS_WORKER_KEY: workerKeyFile(paths),
    ...(program === cachedPath('postgres') ? { WINDLASS_PG_BIN: dirname(program) } : {}),
  };
  const lines = Object.entries(env).map(([name, value]) => `${name}=${String(value)}\n`);
  writeFileAtomically(paths.env, lines.join(''), PRIVATE);
  return env;
}

/**
 * What lab.env says.
 * @param dir the lab directory; by default WINDLASS_LAB_DIR or the user's own
 * @throws LabFailure when no lab was ever brought up there
 */
export function readLabEnv(dir?: string): LabEnv {
  const paths = labPaths(labDirectory(dir));
  const text = readIfThere(paths.env);
  if (text === undefined) throw new LabFailure('There is no lab here.', paths.dir, 'Run `windlass lab up`.');
  const entries = text.split('\n').flatMap((line) => {
    const at = line.indexOf('=');
    return at < 0 ? [] : [[line.slice(0, at), line.slice(at + 1)]];
  });
  return Object.fromEntries(entries) as LabEnv;
}
