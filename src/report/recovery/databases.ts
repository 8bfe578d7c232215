import type { BindingOf } from '../../domain/environment.ts';
import { list, stepsOf, windlass, type Placed, type RecoveryContext } from './context.ts';
import type { StepOf } from '../../domain/step.ts';
import type { TargetRunbook } from './runbook.ts';
import { quoted, shellValue } from './shell.ts';

/** A database server: roles, databases and schemas come back by the rollout, rows only from dumps made elsewhere. */
export function databaseRunbook(context: RecoveryContext, name: string, binding: BindingOf<'postgres'>): TargetRunbook {
  const provisions = stepsOf(context, 'postgres.provision', name);
  const migrations = stepsOf(context, 'postgres.migrate', name);
  const databases = provisions.flatMap((step) => step.with.databases);
  const setUrl = `URL=${shellValue(binding.url)}`;
  return {
    name,
    kind: 'postgres',
    holds: [
      ...databases.map((database) => `database ${database.name}, owner ${database.owner}`),
      ...migrations.map((step) => `schema of ${step.with.database} (${step.path})`),
    ],
    steps: [
      { title: 'The server answers', notes: [], commands: [setUrl, `psql "$URL" -c 'SELECT version()'`], byHand: [] },
      {
        title: 'Roles, databases and schemas that are missing are made again',
        notes: [
          'The plan shows what is missing. Databases come back EMPTY but for what migrations put there.',
          'Only after namespaces were restored: a start makes what is missing on the cluster too.',
        ],
        commands: [windlass(context, 'plan'), windlass(context, 'start', '--watch')],
        byHand: [
          setUrl,
          ...provisions.flatMap((step) => [
            ...step.with.roles.map(roleByHand),
            ...step.with.databases.map(
              (database) =>
                `psql "$URL" -c 'CREATE DATABASE ${database.name} OWNER ${database.owner} TEMPLATE template0'`,
            ),
          ]),
          ...migrations.flatMap((step) => migrationByHand(context, step)),
        ],
      },
      {
        title: 'Rows come back from dumps, where somebody made any',
        notes: [
          'No step of this rollout dumps a database. The commands are for dumps in the custom format (`pg_dump --format custom`) that were made elsewhere.',
          'Workloads rest meanwhile; the start at the end brings them back.',
          '`--clean` drops what is in the way: only for a database whose content is lost anyway.',
        ],
        commands: [
          ...namespacesThatRun(context).map(
            (namespace) => `kubectl scale deployment,statefulset --all --replicas 0 --namespace ${namespace}`,
          ),
          ...databases.map(
            ({ name: database, owner }) =>
              `pg_restore --exit-on-error --single-transaction --clean --if-exists --no-owner --role ${quoted(owner)} --dbname ${urlOf(database)} ${database}.dump`,
          ),
        ],
        byHand: [],
      },
    ],
  };
}

/** Where workloads of the rollout run that may write to databases. */
function namespacesThatRun(context: RecoveryContext): readonly string[] {
  return [...new Set(stepsOf(context, 'kubernetes.apply').flatMap((step) => step.with.namespace ?? []))];
}

/** The URL of another database of the server whose URL is in `$URL`. */
function urlOf(database: string): string {
  return `"$(printf %s "$URL" | sed -E 's#^([a-z]+://[^/?]+)(/[^?]*)?#\\1/${database}#')"`;
}

type Role = StepOf<'postgres.provision'>['with']['roles'][number];

function roleByHand({ name, login, password }: Role): string {
  const value =
    password === undefined
      ? null
      : 'kubernetesSecret' in password
        ? `"$(kubectl get secret ${password.kubernetesSecret.name} --namespace ${password.kubernetesSecret.namespace} -o jsonpath='{.data.${password.kubernetesSecret.key.replaceAll('.', '\\.')}}' | base64 -d)"`
        : shellValue(password);
  const how = value === null ? '' : `  # then \\password ${name}, with ${value}`;
  return `psql "$URL" -c 'CREATE ROLE ${name} ${login ? 'LOGIN' : 'NOLOGIN'}'${how}`;
}

/** Into an empty database only: official schemas drop what they make. */
function migrationByHand(
  { bundle }: RecoveryContext,
  { with: { database, role, source } }: Placed<StepOf<'postgres.migrate'>>,
): readonly string[] {
  const run = (file: string): string =>
    `psql ${urlOf(database)} -v ON_ERROR_STOP=1 --single-transaction${role === undefined ? '' : ` -c 'SET ROLE ${role}'`} -f ${quoted(file)}`;
  const { directory, artifacts = [] } = source;
  const files = Object.keys(bundle.files).filter(
    (file) => directory !== undefined && file.startsWith(`${directory}/V`),
  );
  return [
    ...files.map(run),
    ...artifacts.flatMap(({ url, path, sha256, version }) => {
      const file = path ?? `${database}-${version}.sql`;
      return [
        ...(url === undefined ? [] : [`curl -fsSL -o ${quoted(file)} ${quoted(url)}`]),
        `echo ${quoted(`${sha256}  ${file}`)} | sha256sum -c`,
        run(file),
      ];
    }),
  ];
}

/** What nobody has shown of the databases. */
export function databaseUnproven(context: RecoveryContext, target: string): readonly string[] {
  const names = [
    ...stepsOf(context, 'postgres.provision', target).flatMap((step) => step.with.databases.map((one) => one.name)),
    ...stepsOf(context, 'postgres.migrate', target).map((step) => step.with.database),
  ];
  return names.length === 0
    ? []
    : [
        `Databases ${list([...new Set(names)])} on ${target}: the rollout makes them and their schemas again, but NO STEP BACKS UP THEIR ROWS, and it was NEVER PROVEN that rows can be brought back.`,
      ];
}
