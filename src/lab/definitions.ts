import { dirname, join } from 'node:path';
import type { Agent } from 'undici';
import { applyObject, apiserverAddress, waitUntilEstablished, type ClusterObject } from './cluster-objects.ts';
import type { ServerContext } from './context.ts';
import { LabFailure } from './failure.ts';
import { readIfThere } from './files.ts';
import { settingOf, type ToolName } from './tools/catalogue.ts';
import { DEFINITIONS_FILE } from './tools/go-module.ts';

/**
 * Has the cluster serve the kinds that a program works with.
 *
 * @throws LabFailure when the file that defines them is not beside the program, or the API server takes none of them; what undici
 * throws when nobody answers.
 */
export async function defineKinds(context: ServerContext, tool: ToolName, agent: Agent): Promise<void> {
  const address = apiserverAddress(context);
  const definitions = beside(tool, context.tool(tool));
  await Promise.all(definitions.map((object) => applyObject(address, agent, object)));
  await Promise.all(definitions.map(({ metadata }) => waitUntilEstablished(address, agent, metadata.name)));
}

function beside(tool: ToolName, program: string): readonly ClusterObject[] {
  const text = readIfThere(join(dirname(program), DEFINITIONS_FILE));
  if (text !== undefined) return JSON.parse(text) as ClusterObject[];
  throw new LabFailure(
    `Beside it there is no ${DEFINITIONS_FILE}, which defines its kinds in the cluster.`,
    program,
    `Unset ${settingOf(tool)}: \`windlass lab tools ${tool}\` builds both.`,
  );
}
