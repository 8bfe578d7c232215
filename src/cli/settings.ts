import { labDirectory, labPaths } from '../lab/directory.ts';
import { readLabEnv } from '../lab/env.ts';
import { isAlive } from '../lab/processes/identity.ts';
import { readRecord } from '../lab/record.ts';

type Variables = Readonly<Partial<Record<string, string>>>;

/** Any of these says which Temporal is meant, so that a lab that happens to be up is left out. */
const CHOSEN_BY = ['TEMPORAL_ADDRESS', 'TEMPORAL_PROFILE', 'TEMPORAL_CONFIG_FILE'];

/**
 * The settings that verbs work with: the environment of this process and, where it names no Temporal and a lab is up,
 * the lab's variables beneath it.
 *
 * @param lab gives the variables of the lab that is up, or null.
 */
export function cliSettings(
  env: NodeJS.ProcessEnv,
  lab: (env: NodeJS.ProcessEnv) => Variables | null = labThatIsUp,
): NodeJS.ProcessEnv {
  if (CHOSEN_BY.some((name) => env[name] !== undefined && env[name] !== '')) return env;
  const variables = lab(env);
  return variables === null ? env : withLab(env, variables);
}

/** The environment of this process over the variables of a lab. */
export function withLab(env: NodeJS.ProcessEnv, lab: Variables): NodeJS.ProcessEnv {
  const webUi = lab['WINDLASS_LAB_TEMPORAL_UI'];
  return { ...lab, ...(webUi === undefined ? {} : { WINDLASS_WEB_UI: webUi }), ...env };
}

function labThatIsUp(env: NodeJS.ProcessEnv): Variables | null {
  const dir = labDirectory(undefined, env);
  const temporal = readRecord(labPaths(dir)).servers['temporal']?.process;
  return temporal !== undefined && isAlive(temporal) ? { ...readLabEnv(dir) } : null;
}
