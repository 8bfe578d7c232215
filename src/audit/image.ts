export interface Image {
  readonly written: string;
  /** `registry/path` without tag and digest; Docker’s own registry where none is written. */
  readonly repository: string;
  readonly tag: string | null;
  readonly digest: string | null;
}

/** `registry.example:5000/team/app:1.2@sha256:...`, as container runtimes read it. */
export function imageOf(written: string): Image {
  const [named = '', digest = null] = written.split('@');
  const colon = named.lastIndexOf(':');
  const tagged = colon > named.lastIndexOf('/');
  const [name, tag] = tagged ? [named.slice(0, colon), named.slice(colon + 1)] : [named, null];
  const [first = ''] = name.split('/');
  const hasRegistry = name.includes('/') && (/[.:]/.test(first) || first === 'localhost');

  const path = hasRegistry ? name : `docker.io/${name.includes('/') ? '' : 'library/'}${name}`;
  return { written, repository: path, tag, digest };
}
