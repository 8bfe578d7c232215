/** Numbers that look random and are the same for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Everything that takes something along when it goes, with rows in every table. */
export function seedSql(role: string): string {
  return `
    CREATE SCHEMA a; CREATE SCHEMA b; CREATE SCHEMA types; CREATE EXTENSION hstore SCHEMA types;
    CREATE DOMAIN types.pos AS int CHECK (VALUE > 0); CREATE DOMAIN types.free AS int;
    CREATE TYPE types.kind AS ENUM ('x', 'y'); CREATE TYPE types.place AS (zip int, town text);
    CREATE FUNCTION types.dbl(i int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT i * 2';
    CREATE FUNCTION types.dice() RETURNS int LANGUAGE plpgsql VOLATILE AS 'BEGIN RETURN 4; END';
    CREATE TABLE a.t1 (id int PRIMARY KEY, d types.pos, k types.kind, h types.hstore, g int, v varchar(10), n numeric(10,2),
                       s int GENERATED ALWAYS AS (types.dbl(g)) STORED, f types.free, w types.place);
    INSERT INTO a.t1 (id, d, k, h, g, v, n, f, w) SELECT i, i, 'x', 'a=>1', i, 'v' || i, i + 0.5, i, ROW(i, 'town')::types.place
      FROM generate_series(1, 5) i;
    CREATE TABLE b.t2 (id int PRIMARY KEY, t1 int REFERENCES a.t1 ON DELETE CASCADE, k types.kind, v varchar(10));
    INSERT INTO b.t2 SELECT i, i, 'y', 'w' || i FROM generate_series(1, 5) i;
    CREATE TABLE b.t3 (id int, t2 int REFERENCES b.t2 ON DELETE CASCADE); INSERT INTO b.t3 VALUES (1, 1), (2, 2);
    CREATE TABLE a.p (id int, k types.kind, v varchar(10)) PARTITION BY RANGE (id);
    CREATE TABLE a.p1 PARTITION OF a.p FOR VALUES FROM (0) TO (10); CREATE TABLE a.p2 PARTITION OF a.p FOR VALUES FROM (10) TO (20);
    INSERT INTO a.p SELECT i, 'x', 'v' FROM generate_series(1, 15) i;
    CREATE TABLE b.parent (id int, v varchar(10)); CREATE TABLE b.child (more int) INHERITS (b.parent);
    INSERT INTO b.parent VALUES (1, 'v'); INSERT INTO b.child VALUES (2, 'v', 3);
    CREATE VIEW a.view AS SELECT id, v FROM a.t1; CREATE MATERIALIZED VIEW b.mat AS SELECT id, k FROM a.t1;
    CREATE TABLE a.owned (id int, v varchar(10)); INSERT INTO a.owned VALUES (1, 'v');
    GRANT ALL ON SCHEMA a, b TO ${role}; ALTER TABLE a.owned OWNER TO ${role};
    CREATE TABLE b.hidden (id int, v varchar(10)); INSERT INTO b.hidden VALUES (1, 'v');
    ALTER TABLE b.hidden ENABLE ROW LEVEL SECURITY; ALTER TABLE b.hidden FORCE ROW LEVEL SECURITY;`;
}

const TABLES = ['a.t1', 'b.t2', 'b.t3', 'a.p', 'a.p1', 'a.p2', 'b.parent', 'b.child', 'a.owned', 'b.hidden'] as const;
const ALWAYS = [
  '',
  ' WHERE true',
  ' WHERE 1 = 1',
  ' WHERE id = -1 OR true',
  ' WHERE NOT false',
  ' WHERE now() IS NOT NULL',
  ' WHERE id IS NULL OR id IS NOT NULL',
  ' WHERE id >= 0',
  ' WHERE id < 100 AND id IS NOT NULL',
];

/** Statements about things under the names that those before gave them. Some of them fail, and are to be left out. */
export class Chain {
  readonly #random: () => number;
  readonly #role: string;
  readonly #names = new Map<string, string>([...TABLES, 'a.view', 'b.mat'].map((name) => [name, name]));
  readonly #schemas = new Map([
    ['a', 'a'],
    ['b', 'b'],
    ['types', 'types'],
  ]);
  readonly #types = new Map(['types.pos', 'types.free', 'types.kind', 'types.place'].map((name) => [name, name]));
  readonly #columns = new Map<string, string>();
  #undo: () => void = () => undefined;
  #fresh = 0;

  constructor(random: () => number, role: string) {
    this.#random = random;
    this.#role = role;
  }

  /** The next statement. @param code whether it may be in code that only a rehearsal looks into. */
  next(code: boolean): string {
    this.#undo = () => undefined;
    const sql = this.#pick<() => string>([
      ...Array<() => string>(6).fill(() => this.#rename()),
      ...Array<() => string>(4).fill(() => this.#drop()),
      ...Array<() => string>(3).fill(() => this.#rows()),
      ...Array<() => string>(3).fill(() => this.#values()),
      ...Array<() => string>(3).fill(() => this.#rewrite()),
      () => this.#policy(),
      () => this.#parts(),
      () => this.#others(),
    ])();
    if (!code || this.#random() > 0.2 || sql.includes('CONCURRENTLY') || sql.startsWith('SET')) return sql;
    return `DO $code$ BEGIN EXECUTE ${quoted(sql)}; END $code$`;
  }

  /** Takes back what the last statement would have called otherwise, when it failed. */
  failed(): void {
    this.#undo();
  }

  #rename(): string {
    const to = this.#name();
    return this.#pick<() => string>([
      () =>
        this.#renamed(this.#names, this.#table(), (now) => [
          `ALTER TABLE ${now} RENAME TO ${to}`,
          `${schemaOf(now)}.${to}`,
        ]),
      () => {
        const schema = this.#schemas.get(this.#pick(['a', 'b', 'types'])) ?? '';
        return this.#renamed(this.#names, this.#table(), (now) => [
          `ALTER TABLE ${now} SET SCHEMA ${schema}`,
          `${schema}.${bareOf(now)}`,
        ]);
      },
      () =>
        this.#renamed(this.#types, this.#type(), (now) => [
          `ALTER TYPE ${now} RENAME TO ${to}`,
          `${schemaOf(now)}.${to}`,
        ]),
      () => {
        const schema = this.#schemas.get(this.#pick(['a', 'b', 'types'])) ?? '';
        return this.#renamed(this.#types, this.#type(), (now) => [
          `ALTER TYPE ${now} SET SCHEMA ${schema}`,
          `${schema}.${bareOf(now)}`,
        ]);
      },
      () => {
        const table = this.#table();
        const key = `${table}.v`;
        const was = this.#columns.get(key) ?? 'v';
        this.#columns.set(key, to);
        this.#undo = () => this.#columns.set(key, was);
        return `ALTER TABLE ${this.#now(table)} RENAME COLUMN ${was} TO ${to}`;
      },
      () => this.#renamedSchema(to),
    ])();
  }

  #renamed(map: Map<string, string>, key: string, how: (now: string) => readonly [string, string]): string {
    const was = map.get(key) ?? key;
    const [sql, is] = how(was);
    map.set(key, is);
    this.#undo = () => map.set(key, was);
    return sql;
  }

  #renamedSchema(to: string): string {
    const key = this.#pick(['a', 'b', 'types']);
    const was = this.#schemas.get(key) ?? key;
    const all = [this.#names, this.#types];
    const before = all.map((map) => new Map(map));
    for (const map of all)
      for (const [name, now] of map) if (schemaOf(now) === was) map.set(name, `${to}.${bareOf(now)}`);
    this.#schemas.set(key, to);
    this.#undo = () => {
      for (const [index, map] of all.entries()) for (const [name, now] of before[index] ?? []) map.set(name, now);
      this.#schemas.set(key, was);
    };
    return `ALTER SCHEMA ${was} RENAME TO ${to}`;
  }

  #drop(): string {
    const types = this.#schemas.get('types') ?? '';
    return this.#pick([
      `DROP TABLE ${this.#now(this.#table())} CASCADE`,
      `DROP TABLE IF EXISTS ${this.#now(this.#table())}`,
      `DROP TYPE ${this.#types.get(this.#type()) ?? ''} CASCADE`,
      `DROP DOMAIN ${this.#types.get(this.#pick(['types.pos', 'types.free'])) ?? ''} CASCADE`,
      'DROP EXTENSION hstore CASCADE',
      `DROP FUNCTION ${types}.dbl CASCADE`,
      `DROP SCHEMA ${this.#schemas.get(this.#pick(['a', 'b', 'types'])) ?? ''} CASCADE`,
      `ALTER TABLE ${this.#column((table, column) => `${table} DROP COLUMN ${column}`)} CASCADE`,
      `ALTER TABLE ${this.#now('a.t1')} DROP COLUMN g CASCADE`,
      `ALTER TYPE ${this.#types.get('types.place') ?? ''} DROP ATTRIBUTE zip CASCADE`,
      `DROP VIEW ${this.#now('a.view')} CASCADE`,
      `DROP MATERIALIZED VIEW ${this.#now('b.mat')}`,
      `DROP OWNED BY ${this.#role} CASCADE`,
    ]);
  }

  #rows(): string {
    const table = this.#now(this.#pick([this.#table(), 'a.view']));
    const where = this.#pick(ALWAYS);
    return this.#pick([
      `DELETE FROM ${table}${where}`,
      `TRUNCATE ${table} CASCADE`,
      `WITH gone AS (DELETE FROM ${table}${where} RETURNING 1) SELECT count(*) FROM gone`,
      `SET search_path = ${schemaOf(table)}; DELETE FROM ${bareOf(table)}${where}; RESET search_path`,
      `DELETE FROM ${table} WHERE id = -1`,
    ]);
  }

  #values(): string {
    return this.#pick([
      `UPDATE ${this.#column((table, column) => `${table} SET ${column} = NULL`)}`,
      `UPDATE ${this.#column((table, column) => `${table} SET ${column} = 'c'`)} WHERE true`,
      `ALTER TABLE ${this.#column((table, column) => `${table} ALTER ${column} TYPE int USING 0`)}`,
      `ALTER TABLE ${this.#now('a.t1')} ALTER n TYPE int`,
    ]);
  }

  #rewrite(): string {
    const table = this.#now(this.#table());
    const types = this.#schemas.get('types') ?? '';
    const name = this.#name();
    return this.#pick([
      `ALTER TABLE ${table} ALTER id TYPE bigint`,
      `ALTER TABLE ${this.#column((of, column) => `${of} ALTER ${column} TYPE varchar(20)`)}`,
      `ALTER TABLE ${this.#column((of, column) => `${of} ALTER ${column} TYPE text`)}`,
      `ALTER TABLE ${this.#now('a.t1')} ALTER n TYPE numeric(12,2)`,
      `ALTER TABLE ${this.#now('a.t1')} ALTER n TYPE numeric(12,4)`,
      `ALTER TABLE ${table} ADD ${name} int DEFAULT ${types}.dice()`,
      `ALTER TABLE ${table} ADD ${name} int DEFAULT 1 + abs(coalesce(${types}.dice(), 0))`,
      `ALTER TABLE ${table} ADD ${name} text DEFAULT md5(random()::text)`,
      `ALTER TABLE ${table} ADD ${name} ${this.#types.get('types.pos') ?? ''} DEFAULT 1`,
      `ALTER TABLE ${table} ADD ${name} timestamptz DEFAULT now(), ADD ${name}x int DEFAULT 3`,
      `ALTER TABLE ${table} ADD ${name} int GENERATED ALWAYS AS (id + 1) STORED`,
      `ALTER TABLE ${table} ADD ${name} serial`,
      `ALTER TABLE ${table} SET UNLOGGED`,
      `CREATE INDEX ${name} ON ${table} (id); CLUSTER ${table} USING ${name}`,
    ]);
  }

  #policy(): string {
    const table = this.#now(this.#table());
    return this.#pick([
      `CREATE POLICY ${this.#name()} ON ${table} USING (id > 100)`,
      `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY`,
      `ALTER TABLE ${table} DISABLE ROW LEVEL SECURITY`,
    ]);
  }

  #parts(): string {
    return this.#pick([
      `ALTER TABLE ${this.#now('a.p')} DETACH PARTITION ${this.#now(this.#pick(['a.p1', 'a.p2']))}`,
      `ALTER TABLE ${this.#now('b.child')} NO INHERIT ${this.#now('b.parent')}`,
    ]);
  }

  #others(): string {
    const [table, name] = [this.#now(this.#table()), this.#name()];
    return this.#pick([
      `CREATE TABLE ${schemaOf(table)}.${name} AS SELECT * FROM ${table}`,
      `ALTER TABLE ${table} DISABLE TRIGGER ALL`,
      `ALTER TABLE ${table} ADD CONSTRAINT ${name} CHECK (id > -9)`,
      `ALTER TABLE ${table} RENAME TO ${name}; ALTER TABLE ${schemaOf(table)}.${name} RENAME TO ${bareOf(table)}`,
      `INSERT INTO ${table} (id) VALUES (7)`,
    ]);
  }

  #column(how: (table: string, column: string) => string): string {
    const table = this.#pick(['a.t1', 'b.t2', 'a.p', 'b.parent', 'a.owned', 'b.hidden']);
    return how(this.#now(table), this.#columns.get(`${table}.v`) ?? 'v');
  }

  #table(): string {
    return this.#pick(TABLES);
  }

  #type(): string {
    return this.#pick([...this.#types.keys()]);
  }

  #now(name: string): string {
    return this.#names.get(name) ?? name;
  }

  #name(): string {
    this.#fresh += 1;
    return `n${String(this.#fresh)}`;
  }

  #pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.#random() * from.length)]!;
  }
}

function schemaOf(name: string): string {
  return name.split('.')[0] ?? '';
}

function bareOf(name: string): string {
  return name.split('.')[1] ?? '';
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
