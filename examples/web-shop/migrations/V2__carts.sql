CREATE TABLE carts (
  customer text NOT NULL,
  good_id bigint NOT NULL REFERENCES goods,
  pieces integer NOT NULL CHECK (pieces > 0),
  touched_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (customer, good_id)
);

CREATE INDEX carts_touched_at ON carts (touched_at);
