-- windlass: no-transaction
-- windlass: statement-timeout 15m
-- What analysts ask for is prices of a hub over a time: without it each question reads the whole table.
CREATE INDEX CONCURRENTLY prices_by_hub_and_time ON prices (hub, product, at DESC) INCLUDE (price, volume);
