import { posix } from 'node:path';
import type { Bundle } from '../../domain/bundle.ts';
import { compareTexts } from '../../domain/compare.ts';
import type { BindingOf } from '../../domain/environment.ts';
import { dumpFile } from '../../domain/drill/database-names.ts';
import { databasePartName, type DatabaseFacts } from '../../domain/drill/part-facts.ts';
import { placeOf } from '../../domain/evidence/kind.ts';
import type { PostgresMigrateSpec } from '../../domain/kinds/postgres-migrate.ts';
import { canonicalVersion } from '../../domain/migration-name.ts';
import { nameMigrations } from '../../domain/migration-naming.ts';
import { inOrder, isAfter, orderOf } from '../../domain/migration-order.ts';
import { ago, list, ofPiece, windlass, type RecoveryContext } from './context.ts';
import { isSamePlace } from './facts.ts';
import { formatDuration } from '../../domain/duration.ts';
import type { StepOf } from '../../domain/step.ts';
import type { TargetRunbook } from './runbook.ts';
import { quoted, shellValue } from './shell.ts';
import type { Piece } from './steps.ts';

/** A database server: roles, databases and schemas come back by the rollout, rows from dumps. */
export function databaseRunbook(context: RecoveryContext, name: string, binding: BindingOf<'postgres'>): TargetRunbook {
  const provisions = ofPiece(context, 'databases', name);
  const migrations = ofPiece(context, 'schema', name);
  const databases = provisions.flatMap((step) => step.with.databases);
  const kept = drilledDatabases(context, name);
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
                `psql "$URL" -c ${quoted(`CREATE DATABASE ${sqlName(database.name)} OWNER ${sqlName(database.owner)} TEMPLATE template0`)}`,
            ),
          ]),
          ...migrations.flatMap((step) => migrationByHand(context, step)),
        ],
      },
      {
        title: 'Rows come back from dumps',
        notes: [
          ...kept.flatMap(({ words }) => words),
          ...databaseUnproven(context, name),
          'Workloads rest meanwhile; the start at the end brings them back. Dumps are in the custom format of `pg_dump`.',
          '`--clean` drops what is in the way: only for a database whose content is lost anyway.',
        ],
        commands: [
          ...namespacesThatRun(context).map(
            (namespace) => `kubectl scale deployment,statefulset --all --replicas 0 --namespace ${namespace}`,
          ),
          ...kept.flatMap(({ fetch }) => fetch),
          ...databases.map(
            ({ name: database, owner }) =>
              `pg_restore --exit-on-error --single-transaction --clean --if-exists --no-owner --role ${quoted(owner)} --dbname ${urlOf(database)} ${quoted(dumpFile(name, database))}`,
          ),
        ],
        byHand: [],
      },
    ],
  };
}

/** Where workloads of the rollout run that may write to databases. */
function namespacesThatRun(context: RecoveryContext): readonly string[] {
  const running = ofPiece(context, 'objects').filter(({ runs }) => runs);
  return [...new Set(running.flatMap(({ namespace }) => namespace ?? []))];
}

/** The URL of another database of the server whose URL is in `$URL`. */
function urlOf(database: string): string {
  const encoded = encodeURIComponent(database).replaceAll("'", '%27');
  return `"$(printf %s "$URL" | sed -E 's#^([a-z]+://[^/?]+)(/[^?]*)?#\\1/${encoded}#')"`;
}

/** A name as SQL takes it, whatever stands in it. */
function sqlName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

type Role = StepOf<'postgres.provision'>['with']['roles'][number];

function roleByHand({ name, login, password }: Role): string {
  const value =
    password === undefined
      ? null
      : 'kubernetesSecret' in password
        ? `"$(kubectl get secret ${password.kubernetesSecret.name} --namespace ${password.kubernetesSecret.namespace} -o jsonpath='{.data.${password.kubernetesSecret.key.replaceAll('.', '\\.')}}' | base64 -d)"`
        : shellValue(password);
  const how = value === null ? '' : `  # then \\password ${sqlName(name)}, with ${value}`;
  return `psql "$URL" -c ${quoted(`CREATE ROLE ${sqlName(name)} ${login ? 'LOGIN' : 'NOLOGIN'}`)}${how}`;
}

/** The mark behind which a file says how it is taken back, as goose, dbmate, node-pg-migrate and tern write it. */
const WAY_BACK = String.raw`^--[ -]*(\+(goose|migrate|micrate) down|migrate:down|down migration|create above)`;

/** The files of a directory that a migration runs, as it reads their names, up to the version that the step wants. */
function filesInOrder(
  bundle: Bundle,
  { source: { directory, naming: given }, to }: PostgresMigrateSpec,
): readonly { readonly path: string; readonly sections: boolean }[] {
  if (directory === undefined) return [];
  const below = posix.join(directory, '/');
  const paths = Object.keys(bundle.files).filter(
    (file) => (below === './' || file.startsWith(below)) && file.endsWith('.sql'),
  );
  const { naming, files } = nameMigrations(directory, paths.sort(compareTexts), given);
  const forward = files.filter(({ kind }) => kind !== 'down');
  const order = orderOf(forward.filter(({ kind }) => kind === 'versioned').map(({ version }) => version));
  return forward
    .filter(
      ({ kind, version }) =>
        kind === 'repeatable' || to === undefined || !isAfter(version, canonicalVersion(to), order),
    )
    .sort((a, b) => inOrder(a, b, order))
    .map(({ path }) => ({ path, sections: naming === 'numbered' }));
}

/** Into an empty database only: official schemas drop what they make. */
function migrationByHand(
  { bundle }: RecoveryContext,
  { with: spec }: Extract<Piece, { piece: 'schema' }>,
): readonly string[] {
  const { database, role, source } = spec;
  const psql = (from: string): string =>
    `psql ${urlOf(database)} -v ON_ERROR_STOP=1 --single-transaction${role === undefined ? '' : ` -c ${quoted(`SET ROLE ${sqlName(role)}`)}`} -f ${from}`;
  const run = (file: string): string => psql(quoted(file));
  // One file may hold what takes it back as well.
  const upOnly = (file: string): string => `sed -E '/${WAY_BACK}/I,$d' ${quoted(file)} | ${psql('-')}`;
  return [
    ...filesInOrder(bundle, spec).map(({ path, sections }) => (sections ? upOnly(path) : run(path))),
    ...(source.artifacts ?? []).flatMap(({ url, path, sha256, version }) => {
      const file = path ?? `schema-${version}.sql`;
      return [
        ...(url === undefined ? [] : [`curl -fsSL -o ${quoted(file)} ${quoted(url)}`]),
        `echo ${quoted(`${sha256}  ${file}`)} | sha256sum -c`,
        run(file),
      ];
    }),
  ];
}

/** A database that a drill dumps, restores and compares. */
interface DrilledDatabase {
  readonly database: string;
  /** What was shown, in sentences; empty where nothing was. */
  readonly words: readonly string[];
  readonly unproven: readonly string[];
  /** Commands that get the dump, where drills keep it. */
  readonly fetch: readonly string[];
}

function drilledDatabases(context: RecoveryContext, target: string): readonly DrilledDatabase[] {
  return ofPiece(context, 'dump', target).map((dump) => {
    const { database, keepDump } = dump;
    const drill = `Drill ${placeOf(dump.drill)}`;
    const name = databasePartName({ target, database });
    const proof = context.drills
      .filter((fact) => fact.proven && isSamePlace(fact.of, dump.drill))
      .flatMap((fact) =>
        fact.parts.flatMap((part) => (part.part === 'database' && part.name === name ? [{ fact, part }] : [])),
      )
      .at(-1);
    const seconds = proof?.part.restoreSeconds ?? null;
    const took = seconds === null ? '' : `, restored in ${formatDuration(seconds * 1_000)}`;
    const location = ofPiece(context, 'location').find((one) => one.with.name === dump.storageLocation);
    const at = [location?.with.bucket, location?.with.prefix, 'backups', proof?.fact.backup ?? 'BACKUP'];
    const path = at.filter((one) => one !== undefined).join('/');
    return {
      database,
      words:
        proof === undefined
          ? []
          : [
              `Database ${database}: a dump made with backup ${proof.fact.backup} was restored and compared row by row by ${drill} at ${proof.fact.at}, ${ago(proof.fact.at, context.now)} ago${took}.`,
            ],
      unproven: [
        ...(proof === undefined
          ? [
              `Database ${database} on ${target}: ${drill} dumps and restores it, but NO DUMP WAS EVER PROVEN as far as the record knows.`,
            ]
          : notComparedWords(`Database ${database} on ${target}`, proof.part)),
        ...(keepDump
          ? []
          : [
              `Database ${database} on ${target}: ${drill} REMOVES its dump (keepDump): there is none to restore from, unless somebody makes others.`,
            ]),
      ],
      fetch:
        keepDump && location !== undefined
          ? [
              `mc cp ${quoted(`${dump.objectStore}/${path}/${dumpFile(target, database)}`)} ${quoted(dumpFile(target, database))}`,
            ]
          : [],
    };
  });
}

function notComparedWords(what: string, { notCompared = [] }: DatabaseFacts): readonly string[] {
  return notCompared.length === 0 ? [] : [`${what}: proven but for what was NOT COMPARED: ${notCompared.join('; ')}.`];
}

/** What was shown of the databases, in sentences. */
export function databaseProven(context: RecoveryContext, target: string): readonly string[] {
  return drilledDatabases(context, target).flatMap(({ words }) => words);
}

/** What nobody has shown of the databases. */
export function databaseUnproven(context: RecoveryContext, target: string): readonly string[] {
  const drilled = drilledDatabases(context, target);
  const names = [
    ...ofPiece(context, 'databases', target).flatMap((step) => step.with.databases.map((one) => one.name)),
    ...ofPiece(context, 'schema', target).map((step) => step.with.database),
  ].filter((name) => !drilled.some(({ database }) => database === name));
  return [
    ...drilled.flatMap(({ unproven }) => unproven),
    ...(names.length === 0
      ? []
      : [
          `Databases ${list([...new Set(names)])} on ${target}: the rollout makes them and their schemas again, but NO STEP BACKS UP THEIR ROWS, and it was NEVER PROVEN that rows can be brought back.`,
        ]),
  ];
}
