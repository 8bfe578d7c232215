import { homedir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { loadClientConnectConfig, type ClientConnectConfig } from '@temporalio/envconfig';
import { z } from 'zod';
import { WindlassFailure } from './domain/failure.ts';
import { DEFAULT_TASK_QUEUE } from './domain/names.ts';

const port = z.coerce.number().int().min(0).max(65_535);

const schema = z.object({
  WINDLASS_TASK_QUEUE: z.string().min(1).default(DEFAULT_TASK_QUEUE),
  WINDLASS_STORE: z
    .string()
    .regex(/^(file|s3):\/\//, 'must be file:///DIRECTORY or s3://BUCKET/PREFIX')
    .optional(),
  WINDLASS_STORE_ENDPOINT: z.url().optional(),
  WINDLASS_STORE_REGION: z.string().default('us-east-1'),
  WINDLASS_STORE_ACCESS_KEY: z.string().optional(),
  WINDLASS_STORE_SECRET_KEY: z.string().optional(),
  WINDLASS_BIND: z.string().default('127.0.0.1'),
  WINDLASS_METRICS_PORT: port.default(9464),
  WINDLASS_HEALTH_PORT: port.default(9465),
  WINDLASS_POLICY: z.string().min(1).optional(),
  WINDLASS_WORKER_KEY: z.string().min(1).optional(),
  WINDLASS_CACHED_WORKFLOWS: z.coerce.number().int().min(10).max(100_000).optional(),
  WINDLASS_SILENCE_SECONDS: z.coerce.number().int().min(2).max(600).optional(),
  WINDLASS_ROLLOUT_EVENTS: z.coerce.number().int().min(30).max(20_000).default(2_000),
  WINDLASS_WEB_UI: z.url().optional(),
});

/** Settings as parsed; what the environment said is checked in whole before any of it is used. */
export interface Config {
  readonly temporal: ClientConnectConfig;
  readonly namespace: string;
  readonly taskQueue: string;
  /** Where bundles and the record are kept. */
  readonly store: {
    readonly url: string;
    readonly s3: {
      readonly endpoint: string;
      readonly region: string;
      readonly accessKey: string;
      readonly secretKey: string;
    } | null;
  };
  /** The file with the worker's policy; null for a worker that acts on the lab of its machine alone. */
  readonly policy: string | null;
  /** The file with the worker's private key, which seals what it records; null for a worker that seals nothing. */
  readonly workerKey: string | null;
  /** Address that metrics and health listen on; loopback unless a container says otherwise. */
  readonly bind: string;
  readonly metricsPort: number;
  readonly healthPort: number;
  /** How many workflows a worker keeps in memory; null for as many as fit. */
  readonly cachedWorkflows: number | null;
  /** How long a worker may be silent, in milliseconds, before the step that it works on is given to another; null for 15 s. */
  readonly silenceMs: number | null;
  /** After how many events of its history a rollout continues as a new run. */
  readonly rolloutEvents: number;
  /** Base address of the Temporal Web UI, for links; null when unknown. */
  readonly webUi: string | null;
}

/**
 * Reads settings from the environment: the `TEMPORAL_*` variables of Temporal's own environment configuration, and
 * `WINDLASS_*` for the rest.
 *
 * @throws WindlassFailure `ReferenceUnresolved` listing every setting that is wrong.
 */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const parsed = schema.safeParse(env);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new WindlassFailure('ReferenceUnresolved', `Settings are wrong: ${problems.join('; ')}.`, {
      object: 'environment variables',
      next: 'Set or unset the variables named.',
    });
  }
  const settings = parsed.data;
  const temporal = loadClientConnectConfig({ overrideEnvVars: definedOnly(env) });
  return {
    temporal,
    namespace: temporal.namespace ?? 'default',
    taskQueue: settings.WINDLASS_TASK_QUEUE,
    store: {
      url: settings.WINDLASS_STORE ?? pathToFileURL(join(stateHome(env), 'windlass', 'store')).href,
      s3: s3Settings(settings),
    },
    policy: settings.WINDLASS_POLICY ?? null,
    workerKey: settings.WINDLASS_WORKER_KEY ?? null,
    bind: settings.WINDLASS_BIND,
    metricsPort: settings.WINDLASS_METRICS_PORT,
    healthPort: settings.WINDLASS_HEALTH_PORT,
    cachedWorkflows: settings.WINDLASS_CACHED_WORKFLOWS ?? null,
    silenceMs: settings.WINDLASS_SILENCE_SECONDS === undefined ? null : settings.WINDLASS_SILENCE_SECONDS * 1_000,
    rolloutEvents: settings.WINDLASS_ROLLOUT_EVENTS,
    webUi: settings.WINDLASS_WEB_UI ?? null,
  };
}

function stateHome(env: NodeJS.ProcessEnv): string {
  return env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state');
}

function definedOnly(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

function s3Settings(settings: z.output<typeof schema>): Config['store']['s3'] {
  if (!settings.WINDLASS_STORE?.startsWith('s3://')) return null;
  const {
    WINDLASS_STORE_ENDPOINT: endpoint,
    WINDLASS_STORE_ACCESS_KEY: accessKey,
    WINDLASS_STORE_SECRET_KEY: secretKey,
  } = settings;
  if (endpoint === undefined || accessKey === undefined || secretKey === undefined) {
    throw new WindlassFailure(
      'ReferenceUnresolved',
      'The store is in S3, but its address or credentials are not set.',
      {
        object: 'WINDLASS_STORE',
        next: 'Set WINDLASS_STORE_ENDPOINT, WINDLASS_STORE_ACCESS_KEY and WINDLASS_STORE_SECRET_KEY.',
      },
    );
  }
  return { endpoint, region: settings.WINDLASS_STORE_REGION, accessKey, secretKey };
}
