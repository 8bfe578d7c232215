import { join } from 'node:path';
import type { LabPaths } from './directory.ts';
import { LabFailure } from './failure.ts';
import { additionsOf, readRecord } from './record.ts';
import type { LabSecrets } from './secrets.ts';
import type { ServerName, Addition } from './servers/names.ts';
import type { ToolName } from './tools/catalogue.ts';
import type { ToolPaths } from './tools/ensure.ts';

/** What a server's definition may know of the lab around it. */
export interface ServerContext {
  readonly paths: LabPaths;
  readonly secrets: LabSecrets;
  /** The server's own directory, made before anything else is asked. */
  readonly home: string;
  /** The port of a server by its use. Throws when there is none: a mistake in the definitions. */
  readonly port: (server: ServerName, use: string) => number;
  readonly tool: (name: ToolName) => string;
  /** Whether the lab was brought up with this addition. */
  readonly has: (addition: Addition) => boolean;
}

/** Gives each server's definition its view of the lab. Ports are read once, so they must have been assigned. */
export function contextFor(
  paths: LabPaths,
  secrets: LabSecrets,
  tools: ToolPaths,
): (server: ServerName) => ServerContext {
  const record = readRecord(paths);
  const { servers } = record;
  const additions = additionsOf(record);
  return (server) => ({
    paths,
    secrets,
    home: join(paths.data, server),
    port(of, use) {
      const port = servers[of]?.ports[use];
      if (port === undefined) throw new LabFailure(`It has no port for ${use}.`, of, 'Run `windlass lab up`.');
      return port;
    },
    tool(name) {
      const path = tools.get(name);
      if (path === undefined) throw new Error(`${server} does not declare that it uses ${name}`);
      return path;
    },
    has: (addition) => additions.includes(addition),
  });
}
