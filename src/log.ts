import { DefaultLogger, type LogEntry, type LogLevel } from '@temporalio/worker';

/** One JSON object a line on standard error: time, level, message, and whatever the caller added. */
export function jsonLogger(level: LogLevel, write: (line: string) => void): DefaultLogger {
  return new DefaultLogger(level, (entry) => {
    write(`${JSON.stringify(line(entry), withErrors)}\n`);
  });
}

function line({ timestampNanos, level, message, meta }: LogEntry): Record<string, unknown> {
  return { ...meta, time: new Date(Number(timestampNanos / 1_000_000n)).toISOString(), level, message };
}

/** Errors have no enumerable fields; a log without their text and cause would say nothing. */
function withErrors(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (!(value instanceof Error)) return value;
  const { name, message, stack, cause } = value;
  return {
    name,
    message,
    stack,
    ...(cause === undefined ? {} : { cause: cause instanceof Error ? String(cause) : 'not an error' }),
  };
}
