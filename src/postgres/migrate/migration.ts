import type { PostgresMigrateSpec } from '../../domain/kinds/postgres-migrate.ts';
import type { BundleFiles } from '../../domain/step-engine.ts';
import { WindlassFailure } from '../../domain/failure.ts';
import { parseMigrationName } from '../../domain/migration-name.ts';
import { artifactMigrations } from '../artifacts/migrations.ts';
import type { ArtifactSettings } from '../artifacts/settings.ts';
import { compareVersions } from './version.ts';
import type { Migration, Content } from '../migration.ts';

export interface Migrations {
  /** Versioned files in the order of their versions, then repeatable ones by name. */
  readonly up: readonly Migration[];
  /** Files that take a version back, by version. */
  readonly down: ReadonlyMap<string, Migration>;
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
  const { directory, artifacts = [] } = spec.source;
  const wrong: string[] = [];
  const up: Migration[] = artifactMigrations(artifacts, files, settings);
  const down = new Map<string, Migration>();
  const paths = directory === undefined ? [] : files.list(directory).filter((path) => path.endsWith('.sql'));
  for (const path of paths) {
    const name = path.slice(path.lastIndexOf('/') + 1);
    const parsed = parseMigrationName(name);
    if (parsed === null) {
      wrong.push(`${path}: the name is not V<version>__, R__ or U<version>__<description>.sql`);
      continue;
    }
    const migration = fileMigration(files, path, { ...parsed, name });
    const before = down.get(parsed.version);
    if (parsed.kind !== 'down') up.push(migration);
    else if (before === undefined) down.set(parsed.version, migration);
    else wrong.push(`${path}: version ${parsed.version} is taken back by ${before.name} too`);
  }
  up.sort(inOrder);
  wrong.push(...twice(up));
  if (directory !== undefined && paths.length === 0) wrong.push(`${directory}: no .sql file is there`);
  if (wrong.length > 0) throw invalidMigrations(directory ?? 'artifacts', wrong);
  return { up, down };
}

function fileMigration(
  files: BundleFiles,
  path: string,
  { kind, ...named }: { kind: 'versioned' | 'repeatable' | 'down'; name: string; version: string; description: string },
): Migration {
  const sha256 = files.digest(path);
  const content: Content = { path, sha256, standIn: null, stream: () => files.stream(path) };
  return {
    ...named,
    path,
    kind: kind === 'repeatable' ? kind : 'versioned',
    sha256,
    standInSha256: null,
    open: () => Promise.resolve(content),
  };
}

function inOrder(a: Migration, b: Migration): number {
  if (a.kind !== b.kind) return a.kind === 'versioned' ? -1 : 1;
  return a.kind === 'versioned' ? compareVersions(a.version, b.version) : a.version < b.version ? -1 : 1;
}

function twice(sorted: readonly Migration[]): readonly string[] {
  return sorted.flatMap((migration, index) => {
    const before = sorted[index - 1];
    return before?.version === migration.version
      ? [`${migration.path}: version ${migration.version} is that of ${before.name} too`]
      : [];
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
