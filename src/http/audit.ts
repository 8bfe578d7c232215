import type { LoginFacts, Seen } from '../domain/audit.ts';
import type { AuditSpec } from '../domain/kinds/audit.ts';
import type { PRODUCTS } from '../domain/kinds/audit.ts';
import type { Asking } from '../domain/reading.ts';
import { get, shownAddress } from './get.ts';
import { serverUrl, type ServerConnection } from './server-url.ts';

/** What each product tells nobody without a login, and what a request needs besides. */
const DOORS: Readonly<
  Record<(typeof PRODUCTS)[number], { readonly path: string; readonly headers?: Record<string, string> }>
> = {
  dolphinscheduler: { path: '/dolphinscheduler/projects/list' },
  grafana: { path: '/api/org' },
  minio: { path: '/' },
  superset: { path: '/api/v1/database/' },
  // Without authentication it takes anybody's word for who they are; a request without a name it refuses in any case.
  trino: { path: '/v1/query', headers: { 'x-trino-user': 'windlass-audit' } },
};

/**
 * Asks a service as somebody would who has no login.
 *
 * @throws WindlassFailure `ReferenceUnresolved` for an address that is none; `asking.signal.reason` once it aborts.
 */
export async function readLogin(
  connection: ServerConnection,
  { target, product, path: given }: AuditSpec['services'][number],
  asking: Asking & { readonly ms: number },
): Promise<LoginFacts> {
  const { path, headers = {} } = product === undefined ? { path: given ?? '/' } : DOORS[product];
  const address = bare(connection);
  const answer = await get(
    address,
    { path, settings: { headers } },
    asking,
    async ({ statusCode, headers: got, body }) => {
      await body.dump();
      const { location } = got;
      return { status: statusCode, location: typeof location === 'string' ? leadsTo(location, address) : null };
    },
  );
  const seen: Seen<{ status: number; location: string | null }> =
    'unknown' in answer ? { unseen: answer.unknown } : { value: answer.got };
  return { target, asked: `GET ${shownAddress(address, path)}`, answer: seen };
}

/** Without the user and password that the address may hold: these are what must be missing. */
function bare(connection: ServerConnection): ServerConnection {
  const url = serverUrl(connection);
  url.username = '';
  url.password = '';
  return { url: url.href };
}

/** Host and path alone: what follows may be a token. */
function leadsTo(location: string, from: ServerConnection): string | null {
  const base = serverUrl(from);
  if (!URL.canParse(location, base.href)) return null;
  const to = new URL(location, base);
  return `${to.host === base.host ? '' : to.host}${to.pathname}`;
}
