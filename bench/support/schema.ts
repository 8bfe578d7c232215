/** SQL of our own making, the same on every machine. */

const TABLES = 65;

/** A schema in the shape of a scheduler's: 65 tables with keys, indexes, comments and a few rows. */
export function largeSchema(): string {
  const parts = ['-- A scheduler with 65 tables.'];
  for (let n = 1; n <= TABLES; n += 1) {
    const name = `t_bench_${String(n).padStart(2, '0')}`;
    const columns = Array.from(
      { length: 14 },
      (_, index) => `  field_${index} ${TYPES[index % TYPES.length] ?? 'text'}`,
    );
    const refers = n === 1 ? [] : [`  parent_id bigint REFERENCES t_bench_${String(n - 1).padStart(2, '0')} (id)`];
    parts.push(
      `DROP TABLE IF EXISTS ${name} CASCADE;`,
      `CREATE TABLE ${name} (\n${['  id bigserial PRIMARY KEY', ...columns, ...refers].join(',\n')}\n);`,
      `CREATE INDEX ${name}_by_code ON ${name} (field_1, field_2);`,
      `CREATE UNIQUE INDEX ${name}_by_name ON ${name} (field_0, id);`,
      `COMMENT ON TABLE ${name} IS 'Table ${n} of the benchmark; what it holds is its own affair.';`,
      `COMMENT ON COLUMN ${name}.field_0 IS 'Its name.';`,
      `INSERT INTO ${name} (field_0, field_1) VALUES ('first', ${n});`,
      `INSERT INTO ${name} (field_0, field_1) VALUES ('it''s; the second', ${n + 1});`,
    );
  }
  return `${parts.join('\n\n')}\n`;
}

const TYPES = [
  'varchar(255)',
  'bigint DEFAULT 0',
  'int DEFAULT 1',
  'timestamp DEFAULT CURRENT_TIMESTAMP',
  'text',
  'boolean DEFAULT false',
  'smallint',
];

/** The contents of a hundred small migrations. */
export function hundredFiles(): readonly string[] {
  return Array.from({ length: 100 }, (_, index) => {
    const name = `small_${String(index + 1).padStart(3, '0')}`;
    const rows = Array.from({ length: 5 }, (_row, row) => `INSERT INTO ${name} (name) VALUES ('row ${row}');`);
    return [
      `CREATE TABLE ${name} (id serial PRIMARY KEY, name text NOT NULL, at timestamptz DEFAULT now());`,
      `CREATE INDEX ${name}_name ON ${name} (name);`,
      ...rows,
      '',
    ].join('\n');
  });
}

/** 100 MB of rows in the form of a dump, in chunks. */
export function* bulkData(): Generator<string> {
  yield 'CREATE TABLE bulk (id bigint, name text, amount numeric, at timestamptz);\nCOPY bulk FROM stdin;\n';
  const size = 100 * 2 ** 20;
  let written = 0;
  for (let id = 0; written < size;) {
    const lines: string[] = [];
    for (let row = 0; row < 1_000; row += 1, id += 1)
      lines.push(
        `${id}\tname ${id % 977} with some words behind it\t${(id * 37) % 10_000}.25\t2026-01-01 00:00:00+00\n`,
      );
    const chunk = lines.join('');
    written += chunk.length;
    yield chunk;
  }
  yield '\\.\nCREATE INDEX bulk_id ON bulk (id);\n';
}
