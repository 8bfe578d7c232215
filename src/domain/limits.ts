import type { Limit } from './limit.ts';
import { OF_FILES } from './limits/files.ts';
import { OF_MESSAGES } from './limits/messages.ts';
import { OF_SERVERS } from './limits/servers.ts';

/**
 * Everything that is read and was written outside has a limit here, so that no file, server or message fills the memory, the
 * disk or the time of who reads it. `limits` of a policy make some of them smaller.
 */
export const LIMITS = { ...OF_FILES, ...OF_SERVERS, ...OF_MESSAGES } as const satisfies Readonly<Record<string, Limit>>;
