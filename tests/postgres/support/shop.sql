-- A database with something of everything that a dump must bring back.
CREATE EXTENSION pg_trgm;
CREATE SCHEMA "Odd Names";
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE TABLE customers (
  id bigserial PRIMARY KEY,
  name text NOT NULL,
  mood mood DEFAULT 'good',
  born date,
  seen timestamptz,
  waits interval,
  weight double precision,
  price numeric(12, 4),
  photo bytea,
  more jsonb,
  tags text[],
  upper_name text GENERATED ALWAYS AS (upper(name)) STORED
);
INSERT INTO customers (name, born, seen, waits, weight, price, photo, more, tags)
SELECT 'customer ' || n, date '1950-01-01' + n, timestamptz '2026-01-01 00:00+02' + n * interval '1 hour',
       n * interval '1 day 2 seconds', n / 3.0, n / 7.0, decode(md5(n::text), 'hex'), jsonb_build_object('n', n), ARRAY['a', n::text]
  FROM generate_series(1, 2000) AS n;
CREATE INDEX customers_name ON customers USING gin (name gin_trgm_ops);
CREATE TABLE orders (id int, day date NOT NULL, customer bigint REFERENCES customers, amount positive) PARTITION BY RANGE (day);
CREATE TABLE orders_2025 PARTITION OF orders FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE orders_2026 PARTITION OF orders FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE INDEX orders_by_day ON orders (day);
INSERT INTO orders SELECT n, date '2025-12-01' + n % 60, n % 2000 + 1, n FROM generate_series(1, 500) AS n;
CREATE TABLE base (a int);
CREATE TABLE child (own text) INHERITS (base);
ALTER TABLE base ADD COLUMN later int DEFAULT 7;
INSERT INTO child (a, own) VALUES (1, 'x'), (2, 'y');
CREATE TABLE nothing ();
INSERT INTO nothing DEFAULT VALUES;
CREATE TABLE "Odd Names"."a ""table""" (t int, "order" text);
INSERT INTO "Odd Names"."a ""table""" VALUES (1, 'one'), (2, NULL), (2, NULL);
CREATE UNLOGGED TABLE cache AS SELECT 1 AS n;
CREATE SEQUENCE downwards INCREMENT -5;
SELECT nextval('downwards');
CREATE SEQUENCE never_used START 100;
CREATE VIEW well AS SELECT * FROM customers WHERE mood = 'good';
CREATE MATERIALIZED VIEW per_day AS SELECT day, count(*) AS orders FROM orders GROUP BY day;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.seen := now(); RETURN NEW; END $$;
CREATE TRIGGER touched BEFORE UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION touch();
ALTER TABLE customers ENABLE ROW LEVEL SECURITY;
CREATE POLICY everybody ON customers USING (true);
SELECT lo_from_bytea(0, convert_to(repeat('large ', 300000), 'UTF8'));
