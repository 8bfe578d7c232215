import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { userInfo } from 'node:os';
import { PRIVATE, writeFileAtomically } from '../files.ts';
import { LOOPBACK } from '../ports.ts';
import { LISTEN, serversFor } from './configuration.ts';

/** The files of nginx in its directory. The renderer writes the servers, and what a draft of them is tried with. */
const FILES = {
  main: 'nginx.conf',
  servers: 'servers.conf',
  draft: 'servers.draft.conf',
  trial: 'trial.conf',
} as const;
/** Where certificates with their keys lie, by their digest. */
const CERTIFICATES = 'certificates';

export interface NginxPorts {
  readonly http: number;
  readonly https: number;
  readonly health: number;
}

/**
 * Makes what nginx starts with. What was rendered before stays: it holds until it is rendered anew.
 *
 * @throws Error of `node:fs` when it cannot be written.
 */
export function prepareHome(home: string, ports: NginxPorts): void {
  mkdirSync(join(home, CERTIFICATES), { recursive: true, mode: 0o700 });
  const at = (port: number) => `listen ${LOOPBACK}:${String(port)}`;
  const write = (name: string, text: string) => {
    writeFileAtomically(join(home, name), text);
  };
  write(
    LISTEN.others,
    // Whoever asks for a name that has no certificate is refused one.
    `${at(ports.http)} default_server;\n${at(ports.https)} ssl default_server;\nssl_reject_handshake on;\n`,
  );
  write(LISTEN.http, `${at(ports.http)};\n`);
  write(LISTEN.https, `${at(ports.https)} ssl;\n`);
  write(FILES.main, mainConfiguration(ports, FILES.servers));
  write(FILES.trial, mainConfiguration(ports, FILES.draft));
  if (!existsSync(join(home, FILES.servers))) write(FILES.servers, noServers());
}

/** Of a cluster without Ingresses. */
function noServers(): string {
  const others = { host: null, routes: [], fallback: null, tls: null };
  return serversFor(
    [others],
    () => ({ why: '', nothingReal: false }),
    () => null,
  );
}

/** @returns the arguments with which nginx tries the draft. */
export function draftServers(home: string, text: string): readonly string[] {
  writeFileAtomically(join(home, FILES.draft), text);
  return [...directories(home), '-c', FILES.trial, '-t', '-q'];
}

export function acceptDraft(home: string): void {
  renameSync(join(home, FILES.draft), join(home, FILES.servers));
}

/** Keeps a certificate with its key, and returns how the configuration names the file. */
export function keepCertificate(home: string, digest: string, pem: string): string {
  const file = join(CERTIFICATES, `${digest}.pem`);
  if (!existsSync(join(home, file))) writeFileSync(join(home, file), pem, { mode: PRIVATE });
  return file;
}

export function nginxArguments(home: string): readonly string[] {
  return [...directories(home), '-c', FILES.main];
}

function directories(home: string): readonly string[] {
  return ['-p', `${home}/`];
}

function mainConfiguration({ health }: NginxPorts, servers: string): string {
  return [
    // Its workers would be somebody else, who cannot enter the lab's directory.
    ...(process.getuid?.() === 0 ? [`user ${userInfo().username};`] : []),
    'worker_processes 1;',
    'worker_shutdown_timeout 5s;',
    'daemon off;',
    'pid nginx.pid;',
    'error_log stderr warn;',
    'events { worker_connections 512; }',
    'http {',
    '  access_log off;',
    '  server_tokens off;',
    '  default_type text/plain;',
    // A host has 253 characters at most.
    '  server_names_hash_bucket_size 512;',
    '  client_max_body_size 0;',
    '  proxy_http_version 1.1;',
    '  proxy_set_header Host $http_host;',
    '  proxy_set_header X-Forwarded-For $remote_addr;',
    '  proxy_set_header X-Forwarded-Host $http_host;',
    '  proxy_set_header X-Forwarded-Proto $scheme;',
    '  proxy_set_header Upgrade $http_upgrade;',
    '  proxy_set_header Connection $connection_upgrade;',
    "  map $http_upgrade $connection_upgrade { default upgrade; '' close; }",
    `  server { listen ${LOOPBACK}:${String(health)}; location / { return 200; } }`,
    `  include ${servers};`,
    '}',
    '',
  ].join('\n');
}
