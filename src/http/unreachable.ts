const NOT_TRUSTED = 'has a certificate that is not trusted';
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
  DEPTH_ZERO_SELF_SIGNED_CERT: NOT_TRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: NOT_TRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: NOT_TRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: NOT_TRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: NOT_TRUSTED,
  CERT_SIGNATURE_FAILURE: NOT_TRUSTED,
  CERT_HAS_EXPIRED: 'has a certificate that has expired',
  CERT_NOT_YET_VALID: 'has a certificate that is not valid yet',
  ERR_TLS_CERT_ALTNAME_INVALID: 'has a certificate that is for another name',
  ERR_SSL_WRONG_VERSION_NUMBER: 'does not speak TLS',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'does not speak TLS',
  ERR_SSL_TLSV1_UNRECOGNIZED_NAME: 'has no certificate for the name that it was asked for',
};

/** Why there was no answer, as the rest of a sentence; only the code of an error is looked at, never its text. */
export function whyNoAnswer(error: unknown): string {
  const code = codeOf(error);
  return REASONS[code] ?? (code === '' ? 'did not answer' : `did not answer (${code})`);
}

/** What an error is known by: those of the system have a code, those of time limits only a name; empty for others. */
export function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  const marks = ['code' in error ? error.code : undefined, 'name' in error ? error.name : undefined];
  return marks.find((mark): mark is string => typeof mark === 'string' && /^\w{1,64}$/.test(mark)) ?? '';
}
