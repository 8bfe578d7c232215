import type { BundleFiles } from '../../domain/step-engine.ts';
import { WindlassFailure } from '../../domain/failure.ts';
import type { PostgresMigrateSpec } from '../../domain/kinds/postgres-migrate.ts';
import { nameMigrations, type NamedFile, type Naming } from '../../domain/migration-naming.ts';
import { inOrder, orderOf, type VersionOrder } from '../../domain/migration-order.ts';
import { settingsFileOf } from '../../domain/migration-settings.ts';
import { artifactMigrations } from '../artifacts/migrations.ts';
import type { ArtifactSettings } from '../artifacts/settings.ts';
import type { Content, Migration } from '../migration.ts';

export interface Migrations {
  /** Versioned files in the order of their versions, then repeatable ones by name. */
  readonly up: readonly Migration[];
  /** Files that take a version back, by version. */
  readonly down: ReadonlyMap<string, Migration>;
  readonly order: VersionOrder;
}

/**
 * The migrations of a step. Opens none of them and touches no server.
 *
 * @throws WindlassFailure `InvalidRollout` with everything that is wrong with their names and versions.
 */
export function listMigrations(
  spec: Pick<PostgresMigrateSpec, 'source'>,
  files: BundleFiles,
  settings: ArtifactSettings,
): Migrations {
  const { directory, artifacts = [], naming: given } = spec.source;
  const up: Migration[] = artifactMigrations(artifacts, files, settings);
  const down = new Map<string, Migration>();
  const wrong: string[] = [];
  if (directory !== undefined) {
    const all = files.list(directory);
    const paths = all.filter((path) => path.endsWith('.sql'));
    const { naming, files: named, problems } = nameMigrations(directory, paths, given);
    for (const file of named) {
      const migration = fileMigration(files, file, { naming, given, all });
      if (file.kind === 'down') down.set(file.version, migration);
      else up.push(migration);
    }
    wrong.push(...problems.map(({ path, why }) => `${path}: ${why}`));
    if (paths.length === 0) wrong.push(`${directory}: no .sql file is there`);
  } else wrong.push(...twice(up));
  const order = orderOf(up.filter(({ kind }) => kind === 'versioned').map(({ version }) => version));
  up.sort((a, b) => inOrder(a, b, order));
  if (wrong.length > 0) throw invalidMigrations(directory ?? 'artifacts', wrong);
  return { up, down, order };
}

function fileMigration(
  files: BundleFiles,
  file: NamedFile,
  {
    naming,
    given,
    all,
  }: { readonly naming: Naming; readonly given: Naming | undefined; readonly all: readonly string[] },
): Migration {
  const { path, name, kind, version, description } = file;
  const sha256 = files.digest(path);
  // Only those who keep one file for each change put both ways into it.
  const sections = naming === 'numbered' && !/\.(?:up|down)\.sql$/.test(name);
  const told = settingsFileOf(naming, path);
  const content: Content = { path, sha256, standIn: null, stream: () => files.stream(path) };
  return {
    path,
    name,
    kind: kind === 'repeatable' ? kind : 'versioned',
    version,
    description,
    sha256,
    standInSha256: null,
    // Names of Flyway are our own, too: such files run as Flyway runs them where the step says that they are.
    ofOtherTool: naming !== 'flyway' || given === 'flyway',
    settings:
      told === null || !all.includes(told)
        ? null
        : { path: told, sha256: files.digest(told), read: () => files.read(told) },
    section: sections ? 'up' : null,
    wayBack: wayBackOf(naming, name, version),
    open: () => Promise.resolve(content),
  };
}

function wayBackOf(naming: Naming, name: string, version: string): string | null {
  if (naming === 'flyway') return `U${version}__<description>.sql`;
  if (name.endsWith('up.sql')) return name.replace(/up\.sql$/, 'down.sql');
  return null;
}

/** The section of the same file that takes it back, as a migration of its own; null where files have no sections. */
export function wayBackWithin(migration: Migration): Migration | null {
  return migration.section === null ? null : { ...migration, section: 'down' };
}

function twice(migrations: readonly Migration[]): readonly string[] {
  return migrations.flatMap(({ path, version }, index) => {
    const before = migrations.findIndex((other) => other.version === version);
    return before < index ? [`${path}: version ${version} is that of ${migrations[before]?.name ?? ''} too`] : [];
  });
}

/** The refusal of files that cannot run. */
export function invalidMigrations(object: string, problems: readonly string[]): WindlassFailure {
  const shown = problems.slice(0, 50);
  const more = problems.length > shown.length ? [`and ${problems.length - shown.length} more`] : [];
  return new WindlassFailure('InvalidRollout', [...shown, ...more].join('; ') + '.', {
    object,
    next: 'Correct the files and start the rollout again; nothing was touched.',
    facts: { problems: shown },
  });
}
