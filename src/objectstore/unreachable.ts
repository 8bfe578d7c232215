/** Why no answer of a server was had, from the code of a transport error; null when the code is none of these. */
export interface Unreachable {
  /** As the rest of a sentence that begins with the address: `the host name is unknown`. */
  readonly why: string;
  readonly next: string;
  /** False where only a person can help. */
  readonly retryable: boolean;
}

const DOWN = 'See that the object store runs and that this machine reaches it, then retry.';
const NAME = 'Look at the reference that gives the endpoint of the target, and at the name service.';
const CERTIFICATE =
  'Renew or replace the certificate of the object store, or make its authority known to this machine ' +
  '(NODE_EXTRA_CA_CERTS).';
const SCHEME = 'Look at the reference that gives the endpoint of the target: http:// or https://, and the port.';

const TRANSPORT: Readonly<Record<string, Unreachable>> = {
  ENOTFOUND: { why: 'the host name is unknown', next: NAME, retryable: true },
  EAI_AGAIN: { why: 'the name service does not answer', next: NAME, retryable: true },
  ECONNREFUSED: { why: 'the connection was refused', next: DOWN, retryable: true },
  ECONNRESET: { why: 'the connection was cut', next: DOWN, retryable: true },
  EPIPE: { why: 'the connection was cut', next: DOWN, retryable: true },
  ETIMEDOUT: { why: 'it does not answer', next: DOWN, retryable: true },
  EHOSTUNREACH: { why: 'there is no route to the host', next: DOWN, retryable: true },
  ENETUNREACH: { why: 'there is no route to the host', next: DOWN, retryable: true },
  EPROTO: { why: 'it does not speak TLS', next: SCHEME, retryable: false },
  ERR_SSL_WRONG_VERSION_NUMBER: { why: 'it does not speak TLS', next: SCHEME, retryable: false },
  ERR_SSL_PACKET_LENGTH_TOO_LONG: { why: 'it does not speak TLS', next: SCHEME, retryable: false },
  CERT_HAS_EXPIRED: { why: 'its certificate has expired', next: CERTIFICATE, retryable: false },
  CERT_NOT_YET_VALID: { why: 'its certificate is not valid yet', next: CERTIFICATE, retryable: false },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    why: 'its certificate is for another host name',
    next: CERTIFICATE,
    retryable: false,
  },
};

const UNKNOWN_AUTHORITY: ReadonlySet<string> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

export function unreachable(code: string): Unreachable | null {
  if (UNKNOWN_AUTHORITY.has(code)) {
    return { why: 'its certificate is signed by an unknown authority', next: CERTIFICATE, retryable: false };
  }
  if (code.startsWith('HPE_')) return { why: 'it does not speak HTTP there', next: SCHEME, retryable: false };
  if (/^(CERT_|ERR_SSL_|ERR_TLS_)/.test(code) && !(code in TRANSPORT)) {
    return { why: 'no secure connection could be made', next: CERTIFICATE, retryable: false };
  }
  return TRANSPORT[code] ?? null;
}
