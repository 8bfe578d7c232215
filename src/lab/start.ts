import { existsSync, readFileSync } from 'node:fs';
import { LabFailure } from './failure.ts';
import { isAlive } from './processes/identity.ts';
import type { ProcessIdentity } from './processes/identity.ts';
import { launch, logPath } from './processes/launch.ts';
import { stopServer } from './processes/stop.ts';
import { readRecord } from './record.ts';
import type { ServerContext } from './context.ts';
import type { ServerDefinition } from './servers/definition.ts';
import { waitFor } from './wait.ts';

/** A bound on the wait, not an expectation: a loaded machine may take long. Milliseconds. */
const READY_WITHIN_MS = 240_000;
const LOG_LINES = 12;

/**
 * Starts one server unless the process on record still runs, and waits until it is ready.
 * @returns true when it had to be started
 * @throws LabFailure with the end of its log when it ends or does not become ready
 */
export async function startServerProcess(context: ServerContext, server: ServerDefinition): Promise<boolean> {
  if (server.command === undefined) return startPods(context, server);
  const recorded = readRecord(context.paths).servers[server.name]?.process;
  if (recorded !== undefined && isAlive(recorded)) {
    await waitUntilReady(context, server, recorded);
    return false;
  }
  // Children of a killed server, or one that was started by a launcher that was killed before it could record it.
  await stopServer(context.paths, server);
  await server.prepare?.(context);
  const started = await launch(context.paths, server.name, server.command(context));
  await waitUntilReady(context, server, started);
  await server.settle?.(context);
  return true;
}

/** One that runs in pods alone: whoever keeps those going was started before. */
async function startPods(context: ServerContext, server: ServerDefinition): Promise<boolean> {
  if ((await server.unready(context)) === undefined) return false;
  await server.prepare?.(context);
  await waitUntilReady(context, server);
  return true;
}

async function waitUntilReady(
  context: ServerContext,
  server: ServerDefinition,
  running?: ProcessIdentity,
): Promise<void> {
  let why: string | undefined = 'it was not asked yet';
  const outcome = await waitFor(async () => {
    // Asked first, so that a process that ended is never taken for ready because another answers on its port.
    if (running !== undefined && !isAlive(running)) return 'ended';
    why = await server.unready(context);
    return why === undefined ? 'ready' : undefined;
  }, READY_WITHIN_MS);
  if (outcome === 'ready') return;
  const log = logPath(context.paths, server.name);
  throw new LabFailure(
    `${outcome === 'ended' ? 'It ended instead of becoming ready' : `It was not ready within ${READY_WITHIN_MS / 1000} s: ${why}`}.` +
      ` The end of its log:\n${lastLines(log)}`,
    server.name,
    `Read ${log}; when the cause is mended, run \`windlass lab up\` again. \`windlass lab reset\` starts afresh.`,
  );
}

function lastLines(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8').trimEnd().split('\n').slice(-LOG_LINES).join('\n') : '(no log)';
}
