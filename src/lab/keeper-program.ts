import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { Agent } from 'undici';
import type { LabPaths } from './directory.ts';
import { LOOPBACK } from './ports.ts';

/**
 * A dispatcher for the API server, for programs of the lab that keep something in step with the cluster.
 *
 * @param identity whose certificate it shows, by name below `pki` of the lab.
 */
export function watchingAgent(paths: LabPaths, identity: string): Agent {
  const pki = (name: string) => readFileSync(join(paths.pki, name), 'utf8');
  return new Agent({
    connect: { ca: pki('ca.crt'), cert: pki(`${identity}.crt`), key: pki(`${identity}.key`) },
    // Watches are quiet for long.
    bodyTimeout: 0,
  });
}

/** A line of such a program's log. */
export function tell(what: string): void {
  process.stderr.write(`${new Date().toISOString()} ${what}\n`);
}

/** Answers on loopback whether all is kept: 200, or 503 with what is in the way. */
export function answerHealth(keeper: { readonly trouble: string | null }, port: number): void {
  createServer((_request, response) => {
    const { trouble } = keeper;
    response.writeHead(trouble === null ? 200 : 503).end(trouble ?? '');
  }).listen(port, LOOPBACK);
}
