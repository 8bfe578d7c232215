import { WindlassFailure } from '../domain/failure.ts';

/** Where a repository is: never shown but by `shown`. */
export interface RepositoryConnection {
  /** https:, http: or file:, without user and password. */
  readonly url: string;
  readonly login: { readonly user: string; readonly password: string } | null;
}

/**
 * A repository by its URL, and by what a policy knows it: `host:port`, or the path of a directory.
 *
 * @param given what stands in place of user and password of the URL.
 * @throws WindlassFailure `ReferenceUnresolved` for any other URL: ssh, and what runs a program, among them.
 */
export function repositoryAt(
  text: string,
  given: { readonly user?: string; readonly password?: string },
): { readonly connection: RepositoryConnection; readonly address: string } {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (
    url === null ||
    !['https:', 'http:', 'file:'].includes(url.protocol) ||
    (url.protocol === 'file:' && url.host !== '')
  )
    throw new WindlassFailure('ReferenceUnresolved', 'The address of the target is no URL of a Git repository.', {
      object: 'url',
      next: 'Let the reference give a URL such as https://git.example.com/platform/state.git, or file:///srv/git/state.git.',
    });
  const user = given.user ?? decodeURIComponent(url.username);
  const password = given.password ?? decodeURIComponent(url.password);
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  const address = url.protocol === 'file:' ? decodeURIComponent(url.pathname) : `${url.hostname}:${port}`;
  url.username = '';
  url.password = '';
  const login = user === '' && password === '' ? null : { user, password };
  return { connection: { url: url.href, login }, address };
}

/** The address as people may see it. A path of the machine is told by its last part. */
export function shown(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return protocol === 'file:' ? `file:…/${pathname.split('/').at(-1) ?? ''}` : `${protocol}//${host}${pathname}`;
}
