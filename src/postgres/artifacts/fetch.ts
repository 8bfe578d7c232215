import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { WindlassFailure } from '../../domain/failure.ts';
import type { Artifact } from '../../domain/kinds/postgres-migrate.ts';
import { LIMITS } from '../../domain/limits.ts';
import { addressOfUrl } from '../../domain/server-url.ts';
import { assertDigest, digestOfFile, keep } from './cache.ts';
import type { ArtifactSettings } from './settings.ts';

/** Statuses that lead elsewhere (RFC 9110, section 15.4). */
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/**
 * The path of a file that is the artifact, byte for byte: from the cache, else from the worker's disk, else from the
 * mirrors and the publisher in turn.
 *
 * @throws WindlassFailure `ArtifactRefused` for another digest, `LimitExceeded` for one that is too large, `NotFound` or `TargetUnreachable` when nobody has it;
 *   `Unauthorised` before a server is asked, also one that another leads to, which the settings do not let pass.
 */
export async function fetchArtifact(
  artifact: Artifact,
  settings: ArtifactSettings,
  signal: AbortSignal,
): Promise<string> {
  const { sha256, path, url } = artifact;
  const cached = join(settings.cache, sha256);
  const there = await digestOfFile(cached, signal, settings.limit);
  if (there !== null) {
    assertDigest(there, sha256, `the cache, ${cached}`);
    return cached;
  }
  return url === undefined ? local(path ?? '', sha256, settings, signal) : download(url, artifact, settings, signal);
}

/** Copied into the cache, so that what was checked is what is read later. */
async function local(
  path: string,
  sha256: string,
  { cache, limit }: ArtifactSettings,
  signal: AbortSignal,
): Promise<string> {
  const actual = await digestOfFile(path, signal, limit);
  if (actual === null) {
    throw new WindlassFailure('NotFound', 'The artifact is not on this machine.', {
      object: path,
      next: `Put the file there on every worker, or into the cache as ${join(cache, sha256)}.`,
    });
  }
  assertDigest(actual, sha256, path);
  return keep(cache, sha256, createReadStream(path, { signal }), path, limit);
}

async function download(
  url: string,
  { sha256, mirror }: Artifact,
  { cache, mirror: everywhere, admit, limit }: ArtifactSettings,
  signal: AbortSignal,
): Promise<string> {
  const mirrors = [mirror ?? null, everywhere].filter((base) => base !== null);
  const tried: string[] = [];
  let missing = true;
  for (const address of [...mirrors.map((base) => mirrored(base, url)), url]) {
    const ours =
      everywhere !== null && address === mirrored(everywhere, url) ? addressOfUrl(new URL(everywhere)) : null;
    const pass = (server: string): void => {
      if (server !== ours) admit(server);
    };
    const outcome = await get(address, pass, signal);
    if ('body' in outcome) return keep(cache, sha256, outcome.body, shownUrl(address), limit);
    missing &&= 'status' in outcome && outcome.status === 404;
    const why =
      'status' in outcome
        ? `it answers with status ${outcome.status}`
        : `it cannot be reached (${outcome.unreachable})`;
    tried.push(`${hostOf(address)}: ${why}`);
  }
  const mirrorWords = mirrors.length === 0 ? 'no mirror is set' : `mirrors: ${mirrors.map(hostOf).join(', ')}`;
  throw new WindlassFailure(
    missing ? 'NotFound' : 'TargetUnreachable',
    `The artifact cannot be fetched (${tried.join('; ')}; ${mirrorWords}).`,
    {
      object: shownUrl(url),
      next:
        'Set WINDLASS_ARTIFACT_MIRROR on the workers, or `mirror` of the artifact, to a server that this network ' +
        `reaches, or put the file into the cache as ${join(cache, sha256)}.`,
      facts: { tried },
    },
  );
}

/** `https://mirror.example/base/` and `https://host/a/b` as `https://mirror.example/base/host/a/b`. */
function mirrored(base: string, url: string): string {
  const { host, pathname } = new URL(url);
  return `${base.replace(/\/+$/, '')}/${host}${pathname}`;
}

/** The body, or why there is none: a code; never anything of what the server said. */
type Answer =
  { readonly body: AsyncIterable<Uint8Array> } | { readonly status: number } | { readonly unreachable: string };

/** @param pass throws for a server that may not be asked; also those that answers lead to are asked only then. */
async function get(address: string, pass: (server: string) => void, signal: AbortSignal): Promise<Answer> {
  const within = AbortSignal.any([signal, AbortSignal.timeout(LIMITS.downloadTime.most)]);
  try {
    let at = address;
    for (let redirects = 0; ; redirects += 1) {
      pass(addressOfUrl(new URL(at)));
      const response = await fetch(at, { signal: within, redirect: 'manual' });
      if (response.ok && response.body !== null) return { body: response.body };
      await response.body?.cancel();
      const next = response.headers.get('location');
      const leads = REDIRECTS.has(response.status) && next !== null && URL.canParse(next, at);
      if (!leads || redirects >= LIMITS.redirects.most) return { status: response.status };
      at = new URL(next, at).href;
      if (!/^https?:/.test(at)) return { status: response.status };
    }
  } catch (error) {
    if (error instanceof WindlassFailure) throw error;
    signal.throwIfAborted();
    const { code, name } = ((error as Error).cause ?? error) as { readonly code?: unknown; readonly name?: unknown };
    return { unreachable: String(code ?? name) };
  }
}

/** An address without user, password and query, any of which may be a token. */
function shownUrl(address: string): string {
  const { protocol, host, pathname, search } = new URL(address);
  return `${protocol}//${host}${pathname}${search === '' ? '' : '?…'}`;
}

function hostOf(address: string): string {
  return new URL(address).host;
}
