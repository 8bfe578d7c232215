import { escapeIdentifier } from 'pg';
import type { Session } from '../session.ts';
import type { Need } from './work.ts';

/** Since this version ADMIN, INHERIT and SET of a membership are apart, and CREATEROLE rules only what it has ADMIN on. */
const MEMBERSHIPS_APART = 160_000;

/** The user of a connection, and what it may do. */
export interface User {
  readonly name: string;
  /** `server_version_num`. */
  readonly version: number;
  readonly attributes: ReadonlySet<string>;
  readonly inherits: boolean;
}

const USER = `
  SELECT rolname AS name, current_setting('server_version_num')::int AS version, rolinherit AS inherits,
         array_remove(ARRAY[CASE WHEN rolsuper THEN 'SUPERUSER' END, CASE WHEN rolcreatedb THEN 'CREATEDB' END,
                            CASE WHEN rolcreaterole THEN 'CREATEROLE' END, CASE WHEN rolreplication THEN 'REPLICATION' END,
                            CASE WHEN rolbypassrls THEN 'BYPASSRLS' END], NULL) AS attributes
    FROM pg_roles WHERE rolname = current_user`;

/**
 * The user of the connection: its name, its attributes, and how its server treats memberships.
 *
 * @throws WindlassFailure as `Session` does.
 */
export async function readUser(session: Session): Promise<User> {
  const [row] = await session.query<{ name: string; version: number; inherits: boolean; attributes: string[] }>(USER);
  const { name = '', version = 0, inherits = false, attributes = [] } = row ?? {};
  return { name, version, inherits, attributes: new Set(attributes) };
}

export function isSuperuser({ attributes }: User): boolean {
  return attributes.has('SUPERUSER');
}

export function areMembershipsApart({ version }: User): boolean {
  return version >= MEMBERSHIPS_APART;
}

/** How the user stands to a role, by the catalog. */
interface Standing {
  readonly superuser: boolean;
  readonly admin: boolean;
  readonly member: boolean;
  readonly rights: boolean;
  /** Whether the role is a member of the user: then it cannot be the other way round. */
  readonly below: boolean;
  /** Who may lend it to the user: the user itself, or a role with ADMIN whose rights it has. Only where memberships are apart. */
  readonly grantor: string | null;
  /** What that one has granted the user of it; null for nothing. */
  readonly own: { readonly inherit: boolean; readonly set: boolean } | null;
}

const LENDER = `
  g.rolname AS grantor,
  (SELECT json_build_object('inherit', inherit_option, 'set', set_option) FROM pg_auth_members
    WHERE roleid = r.oid AND member = u.oid AND grantor = g.oid) AS own`;
/** Of those that may lend, the one that the server would choose for GRANT: the user before others. */
const LENDERS = `
  LEFT JOIN LATERAL (
    SELECT a.oid, a.rolname FROM pg_auth_members m JOIN pg_roles a ON a.oid = m.member
     WHERE m.roleid = r.oid AND m.admin_option AND pg_has_role(u.oid, a.oid, 'USAGE')
     ORDER BY a.oid <> u.oid, a.oid LIMIT 1) g ON true`;

/** How a need that the user does not meet by itself is met, or why not. */
export type Met = 'already' | 'lent' | { readonly missing: string };

/** What the user may do with roles: some as they are, some only once this step has made them. */
export class Rights {
  readonly user: User;
  readonly #session: Session;
  readonly #made: ReadonlySet<string>;

  /** @param made roles that the step makes: whoever makes a role may grant it. */
  constructor(user: User, session: Session, made: readonly string[]) {
    this.user = user;
    this.#session = session;
    this.#made = new Set(made);
  }

  async meets(need: Need): Promise<Met> {
    const { user } = this;
    if (isSuperuser(user)) return 'already';
    if ('attribute' in need)
      return user.attributes.has(need.attribute) ? 'already' : { missing: `${need.attribute}, ${need.for}` };
    const { role, standing } = need;
    if (role === user.name) return 'already';
    const stands = await this.#standing(role);
    const isAdmin = this.#isAdmin(role, stands);
    if (standing === 'admin') return isAdmin ? 'already' : { missing: this.#adminWords(role) };
    if (stands?.[standing] === true) return 'already';
    if (!isAdmin || !this.#mayLend(stands) || need.lendable === false)
      return { missing: `membership in ${role}${this.#options()}` };
    if (stands?.below === true) return { missing: `the rights of ${role}, which is itself a member of ${user.name}` };
    if (standing === 'rights' && !areMembershipsApart(user) && !user.inherits)
      return { missing: `INHERIT, to act with the rights of ${role}` };
    return 'lent';
  }

  /** The roles whose membership is lent for these needs. */
  async lentFor(needs: readonly Need[]): Promise<readonly string[]> {
    const lent = new Set<string>();
    for (const need of needs) if ((await this.meets(need)) === 'lent' && 'role' in need) lent.add(need.role);
    return [...lent];
  }

  /** What lends membership in a role, and what gives it back as it was; in SQL. */
  async lending(role: string): Promise<{ readonly lend: string; readonly giveBack: string }> {
    const [whom, to] = [escapeIdentifier(role), escapeIdentifier(this.user.name)];
    if (!areMembershipsApart(this.user))
      return { lend: `GRANT ${whom} TO ${to}`, giveBack: `REVOKE ${whom} FROM ${to}` };
    const { own = null, grantor } = (await this.#standing(role)) ?? {};
    const by = `GRANTED BY ${escapeIdentifier(grantor ?? this.user.name)}`;
    const options = ({ inherit, set }: { inherit: boolean; set: boolean }): string =>
      `WITH INHERIT ${String(inherit).toUpperCase()}, SET ${String(set).toUpperCase()}`;
    return {
      lend: `GRANT ${whom} TO ${to} ${options({ inherit: true, set: true })} ${by}`,
      giveBack: own === null ? `REVOKE ${whom} FROM ${to} ${by}` : `GRANT ${whom} TO ${to} ${options(own)} ${by}`,
    };
  }

  #isAdmin(role: string, stands: Standing | null): boolean {
    const { attributes } = this.user;
    if (stands?.superuser === true) return false;
    if (stands?.admin === true) return true;
    if (!attributes.has('CREATEROLE')) return false;
    return !areMembershipsApart(this.user) || (stands === null && this.#made.has(role));
  }

  /** ADMIN by way of a role whose rights the user does not have lets it alter a role, and not grant it. */
  #mayLend(stands: Standing | null): boolean {
    return !areMembershipsApart(this.user) || stands === null || stands.grantor !== null;
  }

  #adminWords(role: string): string {
    return areMembershipsApart(this.user) ? `ADMIN on ${role} and CREATEROLE` : `CREATEROLE, or SUPERUSER for ${role}`;
  }

  #options(): string {
    return areMembershipsApart(this.user) ? ' with INHERIT and SET (ADMIN to lend it)' : '';
  }

  async #standing(role: string): Promise<Standing | null> {
    const apart = areMembershipsApart(this.user);
    const [row] = await this.#session.query<Standing & Record<string, unknown>>(
      `SELECT r.rolsuper AS superuser,
              pg_has_role(u.oid, r.oid, 'MEMBER WITH ADMIN OPTION') AS admin,
              pg_has_role(u.oid, r.oid, '${apart ? 'SET' : 'MEMBER'}') AS member,
              pg_has_role(u.oid, r.oid, 'USAGE') AS rights,
              pg_has_role(r.oid, u.oid, 'MEMBER') AS below, ${apart ? LENDER : 'NULL AS grantor, NULL::json AS own'}
         FROM pg_roles r JOIN pg_roles u ON u.rolname = current_user ${apart ? LENDERS : ''} WHERE r.rolname = $1`,
      [role],
    );
    return row ?? null;
  }
}
