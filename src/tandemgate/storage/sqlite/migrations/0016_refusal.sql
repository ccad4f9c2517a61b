-- Orders whose purchase was refused when it came, so that it can be said of a missing one why.

-- order_digest: as in event. Of several refusals of an order the last one stays.
CREATE TABLE refusal (
  order_digest BLOB PRIMARY KEY,
  at REAL NOT NULL,
  code INTEGER NOT NULL,
  reason TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- For forgetting.
CREATE INDEX refusal_at ON refusal (at);
