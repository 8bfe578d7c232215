import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const COMPOSE_FILE = join(ROOT, 'docker-compose.yml');

interface ComposeService {
  readonly image?: string;
  readonly command?: readonly string[] | null;
  readonly environment?: Readonly<Record<string, string | null>>;
  readonly ports?: readonly { readonly host_ip?: string; readonly published?: string }[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test?: readonly string[] };
  readonly privileged?: boolean;
}

export interface ComposeProject {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

export interface Parsed {
  readonly status: number;
  readonly output: string;
  readonly complaint: string;
}

/** Builds the compose parser of tools/compose into the cache, once for each version of Go's inputs. */
export function buildParser(): string {
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'windlass', 'tools', 'compose');
  mkdirSync(cache, { recursive: true });
  const program = join(cache, 'compose');
  // Go itself knows what is up to date; -buildvcs off, so that a checkout without git builds too.
  execFileSync('go', ['build', '-trimpath', '-buildvcs=false', '-o', program, '.'], {
    cwd: join(ROOT, 'tools', 'compose'),
    env: { ...process.env, CGO_ENABLED: '0' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return program;
}

/** Parses the compose file with nothing in the environment but what is given. */
export function parse(program: string, environment: Readonly<Record<string, string>>): Parsed {
  const { status, stdout, stderr } = spawnSync(program, [COMPOSE_FILE], { env: { ...environment }, encoding: 'utf8' });
  return { status: status ?? -1, output: stdout, complaint: stderr };
}

/** The passwords that the compose file asks for, by the message that it gives when they are unset. */
export function requiredVariables(): readonly string[] {
  const text = readFileSync(COMPOSE_FILE, 'utf8');
  return [...new Set([...text.matchAll(/\$\{([A-Z0-9_]+):\?/g)].map((match) => match[1]!))].sort();
}
