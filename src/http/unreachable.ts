const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refused the connection',
  ECONNRESET: 'cut the connection',
  EPIPE: 'cut the connection',
  UND_ERR_SOCKET: 'cut the connection',
  ETIMEDOUT: 'did not answer in time',
  TimeoutError: 'did not answer in time',
  UND_ERR_CONNECT_TIMEOUT: 'did not answer in time',
  ENOTFOUND: 'has an unknown host name',
  EAI_AGAIN: 'has a host name that the name service does not answer for',
  EHOSTUNREACH: 'cannot be reached: no route to the host',
  ENETUNREACH: 'cannot be reached: no route to the host',
};

/** Why there was no answer, as the rest of a sentence; only the code of an error is looked at, never its text. */
export function whyNoAnswer(error: unknown): string {
  const code = codeOf(error);
  return REASONS[code] ?? (code === '' ? 'did not answer' : `did not answer (${code})`);
}

/** Errors of the system have a code, those of time limits only a name. */
function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  const marks = ['code' in error ? error.code : undefined, 'name' in error ? error.name : undefined];
  return marks.find((mark): mark is string => typeof mark === 'string' && /^\w{1,64}$/.test(mark)) ?? '';
}
