import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Agent } from 'undici';
import { parseAllDocuments } from 'yaml';
import { applyObject, waitUntilEstablished, type ClusterObject, apiserverAddress } from '../cluster-objects.ts';
import { writeFileAtomically } from '../files.ts';
import type { ServerContext } from '../context.ts';

export const VELERO_NAMESPACE = 'velero';

/**
 * Puts what Velero is made of into the cluster: its definitions, its namespace, and these objects of it.
 *
 * @throws LabFailure as `applyObject` and `waitUntilEstablished` do; Error of `node:child_process` when Velero cannot
 *   print its definitions.
 */
export async function applyVelero(
  context: ServerContext,
  agent: Agent,
  objects: readonly ClusterObject[],
): Promise<void> {
  const address = apiserverAddress(context);
  const definitions = await customResources(context);
  const namespace: ClusterObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: VELERO_NAMESPACE } };
  await Promise.all([...definitions, namespace].map((object) => applyObject(address, agent, object)));
  await Promise.all(definitions.map(({ metadata }) => waitUntilEstablished(address, agent, metadata.name)));
  await Promise.all(objects.map((object) => applyObject(address, agent, object)));
}

/** Velero prints its own definitions; they change only with its program, so they are printed once per program. */
async function customResources(context: ServerContext): Promise<ClusterObject[]> {
  const program = context.tool('velero');
  const kept = join(context.home, 'crds.yaml');
  const keptFor = join(context.home, 'crds.for');
  if (!existsSync(kept) || !existsSync(keptFor) || readFileSync(keptFor, 'utf8') !== program) {
    const { stdout } = await promisify(execFile)(program, ['install', '--crds-only', '--dry-run', '-o', 'yaml'], {
      maxBuffer: 64 * 1024 * 1024,
      env: { PATH: process.env['PATH'] ?? '', HOME: context.home },
    });
    writeFileAtomically(kept, stdout);
    writeFileAtomically(keptFor, program);
  }
  return parseAllDocuments(readFileSync(kept, 'utf8')).flatMap((document) => flatten(document.toJS()));
}

function flatten(value: unknown): ClusterObject[] {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return [];
  if (value.kind === 'List' && 'items' in value && Array.isArray(value.items)) return value.items.flatMap(flatten);
  return value.kind === 'CustomResourceDefinition' ? [value as ClusterObject] : [];
}
