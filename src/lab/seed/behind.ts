import { parse } from 'yaml';
import { z } from 'zod';
import type { Behind } from '../behind.ts';
import { ALL_SERVERS } from '../servers/index.ts';

const PLACE = /^[a-z0-9-]+\/[a-z0-9-]+:[a-z0-9-]+$/;
/** Servers that may stand behind a Service, each with a port that speaks HTTP with anybody. */
const SERVERS = ALL_SERVERS.flatMap(({ name, web = [] }) => web.map((use) => `${name}/${use}`));

const file = z.record(z.string().regex(PLACE, 'must be NAMESPACE/SERVICE:PORT'), z.enum(SERVERS));

/** Which servers of the lab stand behind which Services, as somebody wrote it down; what is wrong goes to `problems`. */
export function behindIn(path: string, text: string, problems: string[]): Behind {
  try {
    const read = file.safeParse(parse(text) ?? {});
    if (read.success) return read.data;
    problems.push(...read.error.issues.map(({ path: at, message }) => `${path} ${at.join('.')}: ${message}`));
  } catch (error) {
    problems.push(`${path} ${error instanceof Error ? error.message : ''}`);
  }
  return {};
}
