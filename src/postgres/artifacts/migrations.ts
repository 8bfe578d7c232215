import { createReadStream } from 'node:fs';
import { posix } from 'node:path';
import type { BundleFiles } from '../../domain/step-engine.ts';
import { WindlassFailure } from '../../domain/failure.ts';
import type { Artifact } from '../../domain/kinds/postgres-migrate.ts';
import { canonicalVersion } from '../../domain/migration-name.ts';
import type { Content, Migration } from '../migration.ts';
import type { ArtifactSettings } from './settings.ts';

/** Official artifacts as migrations, each fetched only when it is to run. */
export function artifactMigrations(
  artifacts: readonly Artifact[],
  files: BundleFiles,
  settings: ArtifactSettings,
): Migration[] {
  return artifacts.map((artifact) => {
    const { sha256, inside, url, standIn, allowStandIn } = artifact;
    const where = url ?? artifact.path ?? '';
    const path = inside === undefined ? where : `${where}#${inside}`;
    const stands = standIn !== undefined && allowStandIn ? standIn : null;
    return {
      path,
      name: posix.basename(inside ?? (url === undefined ? where : new URL(url).pathname)),
      kind: 'versioned',
      version: canonicalVersion(artifact.version),
      description: where,
      sha256,
      ofOtherTool: false,
      settings: null,
      section: null,
      wayBack: null,
      standInSha256: stands === null ? null : files.digest(stands),
      async open(signal): Promise<Content> {
        try {
          // Most steps have no artifact, and need not wait for what fetches and unpacks one.
          const { fetchArtifact } = await import('./fetch.ts');
          const file = await fetchArtifact(artifact, settings, signal);
          return { path, sha256, standIn: null, stream: await streamOf(file, inside) };
        } catch (error) {
          if (stands === null || !isAway(error)) throw error;
          const why = `${error.message} ${stands} stands in for it.`;
          return { path: stands, sha256: files.digest(stands), standIn: why, stream: () => files.stream(stands) };
        }
      },
    };
  });
}

/** The bytes of a file, or of one inside of an archive. */
async function streamOf(file: string, inside: string | undefined): Promise<() => AsyncIterable<Buffer>> {
  if (inside === undefined) return () => createReadStream(file, { highWaterMark: 2 ** 20 }) as AsyncIterable<Buffer>;
  const { fileInside } = await import('./archive.ts');
  return () => fileInside(file, inside);
}

/** Nothing stands in for an artifact that is there and is another one. */
function isAway(error: unknown): error is WindlassFailure {
  return error instanceof WindlassFailure && (error.type === 'TargetUnreachable' || error.type === 'NotFound');
}
