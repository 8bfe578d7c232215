CREATE TABLE goods (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL UNIQUE,
  price_cents integer NOT NULL CHECK (price_cents > 0),
  -- Key of its picture in the bucket.
  picture text
);

CREATE TABLE orders (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  customer text NOT NULL,
  ordered_at timestamptz NOT NULL DEFAULT now(),
  settled_at timestamptz
);

CREATE TABLE order_lines (
  order_id bigint NOT NULL REFERENCES orders ON DELETE CASCADE,
  good_id bigint NOT NULL REFERENCES goods,
  pieces integer NOT NULL CHECK (pieces > 0),
  PRIMARY KEY (order_id, good_id)
);

-- So that there is something to see, and for a drill to compare.
INSERT INTO goods (name, price_cents, picture) VALUES
  ('Rope, 10 m', 1490, 'goods/rope.jpg'),
  ('Crank handle', 2900, 'goods/crank.jpg'),
  ('Pawl and ratchet', 5950, 'goods/pawl.jpg');
