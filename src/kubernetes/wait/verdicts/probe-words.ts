import type { EventNote } from '../event-notes.ts';

/**
 * What may follow on `Readiness probe failed:` as the kubelet writes it (pkg/probe): how an answer came, or that none did.
 * What a command printed is what the program knows, and is not repeated.
 */
const HOW =
  /HTTP probe failed with statuscode: \d{3}|connection refused|connection reset by peer|no route to host|i\/o timeout|context deadline exceeded(?: \(Client\.Timeout exceeded while awaiting headers\))?|service unhealthy \(responded with "[A-Z_]{1,30}"\)|timed out after \d+(?:\.\d+)?\w+|EOF/;
const HEAD = /^((?:Startup|Liveness|Readiness) probe (?:failed|errored|warning))/;
/** What the kubelet does about it. */
const DONE = /, will be restarted$/;

/** A failing probe in words, without what it printed: `Readiness probe failed: HTTP probe failed with statuscode: 503`. */
export function probeWords({ message }: Pick<EventNote, 'message'>): string {
  const head = HEAD.exec(message)?.[1] ?? 'a probe fails';
  const how = HOW.exec(message)?.[0];
  return `${head}${how === undefined ? '' : `: ${how}`}${DONE.test(message) ? ', will be restarted' : ''}`;
}
