-- Runs again whenever it changes.

-- What the worker calls: settles the oldest open order, and says which one; null when there is none.
CREATE OR REPLACE FUNCTION settle_orders() RETURNS bigint LANGUAGE sql AS $$
  UPDATE orders SET settled_at = now()
   WHERE id = (SELECT id FROM orders WHERE settled_at IS NULL ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
  RETURNING id
$$;

-- What the nightly job calls: forgets carts that nobody has touched for a month, and says how many.
CREATE OR REPLACE FUNCTION sweep_carts() RETURNS bigint LANGUAGE sql AS $$
  WITH swept AS (DELETE FROM carts WHERE touched_at < now() - interval '30 days' RETURNING 1)
  SELECT count(*) FROM swept
$$;
