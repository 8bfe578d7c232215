-- Sample data of the lab's own: 1.2 million prices of natural gas and power, a minute apart, with no index but the key.
CREATE TABLE prices (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  hub text NOT NULL,
  product text NOT NULL,
  at timestamptz NOT NULL,
  price numeric(12, 4) NOT NULL,
  volume integer NOT NULL
);
INSERT INTO prices (hub, product, at, price, volume)
SELECT
  (ARRAY['henry-hub', 'waha', 'socal', 'chicago', 'dominion', 'pjm-west', 'ercot-north', 'sp15'])[1 + n % 8],
  (ARRAY['spot', 'day-ahead', 'month-ahead'])[1 + n / 8 % 3],
  timestamptz '2025-09-01 00:00+00' + make_interval(mins => n / 24),
  -- Neither constant nor random: the same rows on every machine.
  2.5 + n % 8 + sin(n / 5000.0)::numeric(12, 4),
  1 + n % 997
FROM generate_series(0, 1199999) AS n;
ANALYZE prices;
