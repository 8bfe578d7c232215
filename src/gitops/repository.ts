import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compareTexts } from '../domain/compare.ts';
import { WindlassFailure } from '../domain/failure.ts';
import { shown, type RepositoryConnection } from './address.ts';
import { git, GitError, type GitSettings } from './git.ts';

/** What is committed. */
export interface Commit {
  readonly branch: string;
  readonly path: string;
  /** All files of `path`, by their path below it. */
  readonly files: ReadonlyMap<string, string>;
  readonly message: string;
  readonly author: { readonly name: string; readonly email: string };
  readonly signingKey: string | null;
}

/** The branch as it is. */
export interface Head {
  readonly commit: string | null;
  /** Files of the export's directory, by their path below it. */
  readonly files: ReadonlyMap<string, string>;
}

/** A copy of one branch of a repository, for as long as it is needed. */
export class Repository {
  readonly #settings: GitSettings;
  readonly #url: string;

  private constructor(settings: GitSettings, url: string) {
    this.#settings = settings;
    this.#url = url;
  }

  /** Works with a repository. @throws as `git` does, and what `work` throws; failures of the repository as `WindlassFailure`. */
  static async with<T>(
    { url, login }: RepositoryConnection,
    signal: AbortSignal,
    work: (repository: Repository) => Promise<T>,
  ): Promise<T> {
    const directory = await mkdtemp(join(tmpdir(), 'windlass-git-'));
    try {
      const repository = new Repository({ directory, login, signal }, url);
      await repository.#run(['init', '--quiet', '--bare', directory]);
      return await work(repository);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }

  /** @throws WindlassFailure as `failureOf` tells. */
  async head(branch: string, path: string): Promise<Head> {
    const commit = await this.#fetch(branch);
    if (commit === null) return { commit, files: new Map() };
    const listed = await this.#run(['ls-tree', '-r', '-z', '--full-tree', commit, '--', `${path}/`]);
    const entries = listed.split('\0').flatMap((line) => {
      const [, object = '', name = ''] = /^\d+ blob ([0-9a-f]+)\t(.*)$/s.exec(line) ?? [];
      return name === '' ? [] : [{ object, name: name.slice(path.length + 1) }];
    });
    const files = new Map<string, string>();
    for (const { object, name } of entries) files.set(name, await this.#run(['cat-file', 'blob', object]));
    return { commit, files };
  }

  /**
   * Commits on top of the branch and pushes. Nothing of the branch is rewritten: where somebody else was quicker, it is refused.
   *
   * @param on the commit that the files were compared with.
   * @returns the commit.
   * @throws WindlassFailure as `failureOf` tells.
   */
  async commit(on: string | null, commit: Commit): Promise<string> {
    const { branch, path, files, message, author, signingKey } = commit;
    const index = { GIT_INDEX_FILE: join(this.#settings.directory, 'index.export') };
    if (on === null) await this.#run(['read-tree', '--empty'], { env: index });
    else await this.#run(['read-tree', on], { env: index });
    const before = on === null ? [] : [...(await this.head(branch, path)).files.keys()];
    const gone = before.filter((name) => !files.has(name)).map((name) => `0 ${'0'.repeat(40)}\t${path}/${name}\n`);
    const blobs: string[] = [];
    for (const [name, text] of [...files].sort(([a], [b]) => compareTexts(a, b))) {
      const object = await this.#run(['hash-object', '-w', '--stdin'], { input: text });
      blobs.push(`100644 ${object.trim()}\t${path}/${name}\n`);
    }
    await this.#run(['update-index', '--index-info'], { env: index, input: [...gone, ...blobs].join('') });
    const tree = (await this.#run(['write-tree'], { env: index })).trim();
    const people = Object.fromEntries(
      ['AUTHOR', 'COMMITTER'].flatMap((who) => [
        [`GIT_${who}_NAME`, author.name],
        [`GIT_${who}_EMAIL`, author.email],
      ]),
    );
    const made = await this.#run(
      [
        ...(signingKey === null ? [] : await this.#signing(signingKey)),
        'commit-tree',
        tree,
        ...(on === null ? [] : ['-p', on]),
        ...(signingKey === null ? [] : ['-S']),
      ],
      { input: message, env: people },
    );
    const id = made.trim();
    await this.#run(['push', '--quiet', '--porcelain', this.#url, `${id}:refs/heads/${branch}`], {}, branch);
    return id;
  }

  async #signing(key: string): Promise<readonly string[]> {
    const file = join(this.#settings.directory, 'signing-key');
    await writeFile(file, key.endsWith('\n') ? key : `${key}\n`, { mode: 0o600 });
    return ['-c', 'gpg.format=ssh', '-c', `user.signingkey=${file}`];
  }

  /** The commit of a branch; null where there is none. */
  async #fetch(branch: string): Promise<string | null> {
    const listed = await this.#run(['ls-remote', '--heads', this.#url, `refs/heads/${branch}`], {}, branch);
    if (listed.trim() === '') return null;
    await this.#run(['fetch', '--quiet', '--depth=1', '--no-tags', this.#url, `refs/heads/${branch}`], {}, branch);
    return (await this.#run(['rev-parse', 'FETCH_HEAD'])).trim();
  }

  async #run(args: readonly string[], options: Parameters<typeof git>[2] = {}, branch = ''): Promise<string> {
    try {
      return await git(this.#settings, args, options);
    } catch (error) {
      throw error instanceof GitError ? failureOf(error, shown(this.#url), branch) : error;
    }
  }
}

/** What git said, told apart by its fixed texts; none of it is repeated. */
function failureOf(error: GitError, repository: string, branch: string): WindlassFailure {
  const { said } = error;
  const object = branch === '' ? repository : `branch ${branch} of ${repository}`;
  const failure = (
    type: ConstructorParameters<typeof WindlassFailure>[0],
    message: string,
    next: string,
  ): WindlassFailure => new WindlassFailure(type, message, { object, next, cause: error });
  if (/refusing to update checked out branch|branch is currently checked out/i.test(said))
    return failure(
      'OwnershipConflict',
      'The branch is checked out in a work tree of the repository, which a push would leave behind.',
      'Use a bare repository, or another branch than the one that is checked out there, then retry.',
    );
  if (/unstaged changes|staged changes|worktree is dirty|work tree .*not clean/i.test(said))
    return failure(
      'OwnershipConflict',
      'The work tree of the repository has changes that nobody has committed.',
      'Commit them there or take them away, then retry.',
    );
  if (/non-fast-forward|fetch first|stale info|cannot lock ref|failed to update ref/i.test(said))
    return failure(
      'TargetBusy',
      'Somebody has pushed to the branch meanwhile.',
      'Nothing: it is tried again on top of that.',
    );
  if (/pre-receive|protected branch|hook declined|update hook/i.test(said))
    return failure(
      'AccessDenied',
      'The repository refuses the push by a rule of its own.',
      'Let it take pushes of this user to this branch, or name another branch, then retry.',
    );
  if (
    /authentication failed|could not read username|403|401|permission denied|unpack failed|insufficient permission|read-only file system|access denied/i.test(
      said,
    )
  )
    return failure(
      'AccessDenied',
      'The repository does not let this user in, or not write.',
      'Check the user and the token of the target, and that they may push to this branch, then retry.',
    );
  if (/does not appear to be a git repository|repository .*not found|not a git repository|404/i.test(said))
    return failure(
      'NotFound',
      'There is no Git repository at this address.',
      'Make it, or correct the address of the target, then retry.',
    );
  if (/could not resolve host|failed to connect|connection (refused|reset|timed out)|ssl|tls/i.test(said))
    return failure(
      'TargetUnreachable',
      'The server of the repository cannot be reached.',
      'Look whether it is up and reachable from the worker.',
    );
  if (/ssh-keygen|signing|gpg failed|load key/i.test(said))
    return failure(
      'ReferenceUnresolved',
      'The commit cannot be signed with this key.',
      'Let the reference give an OpenSSH private key without a passphrase, and have ssh-keygen where the worker runs.',
    );
  return failure(
    'ServerError',
    'git failed, for a reason that has no name here.',
    'Look at the log of the worker, then retry the step.',
  );
}
