import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Client } from 'minio';
import type { JsonObject } from '../../src/domain/json.ts';
import type { KubernetesApi } from '../../src/domain/kubernetes-api.ts';

/** An API through which a drill's restore is asked for only after somebody has been at its backup. */
export function tampering(api: KubernetesApi, tamper: (backup: string) => Promise<void>): KubernetesApi {
  // Once: a drill that is tried again restores the same backup.
  const tampered = new Set<string>();
  const apply: KubernetesApi['apply'] = async (object, options) => {
    const { backupName } =
      object.kind === 'Restore' ? (object['spec'] as { backupName: string }) : { backupName: null };
    if (backupName !== null && !tampered.has(backupName)) await tamper(backupName);
    if (backupName !== null) tampered.add(backupName);
    return api.apply(object, options);
  };
  return applying(api, apply);
}

/** An API that applies in another way. */
export function applying(api: KubernetesApi, apply: KubernetesApi['apply']): KubernetesApi {
  return new Proxy<KubernetesApi>(api, {
    get: (target, property) => {
      if (property === 'apply') return apply;
      const member: unknown = Reflect.get(target, property);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
}

/** An API through which a drill asks for a restore of everything, as if what it leaves out were forgotten. */
export function restoringAll(api: KubernetesApi): KubernetesApi {
  const apply: KubernetesApi['apply'] = (object, options) => {
    if (object.kind !== 'Restore') return api.apply(object, options);
    const forgotten = ['excludedResources', 'resourceModifier'];
    const spec = Object.entries(object['spec'] as JsonObject).filter(([field]) => !forgotten.includes(field));
    return api.apply({ ...object, spec: Object.fromEntries(spec) }, options);
  };
  return applying(api, apply);
}

/** Rewrites the archive of a backup in its bucket. */
export async function rewriteArchive(
  client: Client,
  bucket: string,
  backup: string,
  rewrite: (archive: Buffer) => Buffer,
): Promise<void> {
  const key = `backups/${backup}/${backup}.tar.gz`;
  await client.putObject(bucket, key, rewrite(await buffer(await client.getObject(bucket, key))));
}

/** The archive without the entries of one object. */
export function withoutObject(archive: Buffer, name: string): Buffer {
  const scratch = mkdtempSync(join(tmpdir(), 'windlass-archive-'));
  try {
    execFileSync('tar', ['-x', '-C', scratch], { input: gunzipSync(archive) });
    for (const path of readdirSync(scratch, { recursive: true, encoding: 'utf8' }))
      if (basename(path).startsWith(name) && path.endsWith('.json')) rmSync(join(scratch, path));
    return gzipSync(execFileSync('tar', ['-c', '-C', scratch, '.'], { maxBuffer: 64 * 1024 * 1024 }));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The archive with some of its bytes flipped, as by a bad disk. */
export function withFlippedBytes(archive: Buffer): Buffer {
  const flipped = Buffer.from(archive);
  for (let at = Math.floor(flipped.length / 2); at < flipped.length / 2 + 64; at += 1)
    flipped[at] = ~flipped[at]! & 0xff;
  return flipped;
}
