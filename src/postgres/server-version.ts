import { WindlassFailure } from '../domain/failure.ts';

/** The oldest PostgreSQL that is worked with, as `server_version_num`. */
const OLDEST = 130_000;

/** @throws WindlassFailure `ExpectationFailed` for a server that is too old. */
export function assertVersion(version: number, server: string): void {
  if (version >= OLDEST) return;
  throw new WindlassFailure(
    'ExpectationFailed',
    `PostgreSQL at ${server} is of version ${Math.floor(version / 10_000)}, and ${OLDEST / 10_000} or newer is needed.`,
    { object: 'server', next: 'Upgrade the server first; nothing was touched.', facts: { server, version } },
  );
}
