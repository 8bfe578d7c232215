import type { ServerContext } from '../context.ts';
import type { LabPaths } from '../directory.ts';
import type { Command } from '../processes/launch.ts';
import type { ToolName } from '../tools/catalogue.ts';
import type { ServerName } from './names.ts';

/** A server of the lab. */
export interface ServerDefinition {
  readonly name: ServerName;
  /** In words, for the status table. */
  readonly title: string;
  /** Servers that must answer before this one is prepared and started. */
  readonly needs: readonly ServerName[];
  readonly tools: readonly ToolName[];
  /** Its ports, by use. The first is the one people connect to. */
  readonly ports: readonly string[];
  /** Of its ports those that speak HTTP with anybody: they may stand behind a Service of the cluster. */
  readonly web?: readonly string[];
  /** How it is asked to end. */
  readonly stopSignal?: NodeJS.Signals;
  /** Makes what it needs before its start; runs before every start, so it must not mind what is there already. */
  prepare?(context: ServerContext): Promise<void>;
  /** Absent for one that has no process of this machine: it runs in pods. */
  command?(context: ServerContext): Command;
  /** Puts right what an earlier life of the lab left in it; runs as soon as it is ready after a start. */
  settle?(context: ServerContext): Promise<void>;
  /** Removes what it leaves on the machine outside of its directory, or in other servers. Runs after its end, however it ended; it may have never run. */
  cleanUp?(paths: LabPaths): Promise<void>;
  /** Why it is not ready, or undefined when it is. */
  unready(context: ServerContext): Promise<string | undefined>;
}
