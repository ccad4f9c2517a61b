-- Problems: what goes wrong again and again, one row for all its sightings.

-- before: events of its pixel and name that were received before the hour in which it was first seen.
-- news: grows with each group that is new or seen again after it was settled; see store.news.
-- sample: JSON, one sighting as far as it may be shown.
CREATE TABLE problem (
  problem_id TEXT PRIMARY KEY,
  pixel_id TEXT NOT NULL,
  channel TEXT NOT NULL,
  source TEXT NOT NULL,
  event TEXT NOT NULL,
  origin TEXT NOT NULL,
  code INTEGER,
  reason TEXT NOT NULL,
  field TEXT NOT NULL,
  count INTEGER NOT NULL,
  before INTEGER NOT NULL,
  first_seen REAL NOT NULL,
  last_seen REAL NOT NULL,
  sample TEXT NOT NULL,
  news INTEGER NOT NULL,
  resolved_at REAL,
  muted_at REAL,
  muted_until REAL,
  returned_at REAL,
  returns INTEGER NOT NULL DEFAULT 0,
  note TEXT NOT NULL DEFAULT '',
  decided_by TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;

-- For counting those that are alike, so that there is an end of them; and for what is news.
CREATE INDEX problem_alike ON problem (pixel_id, reason, source, channel);
CREATE INDEX problem_news ON problem (news);

-- Sightings by the hour since 1970-01-01T00Z, kept for two days. What was received is in rollup.
CREATE TABLE problem_hour (
  hour INTEGER NOT NULL,
  problem_id TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (hour, problem_id)
) STRICT, WITHOUT ROWID;

ALTER TABLE store ADD COLUMN news INTEGER NOT NULL DEFAULT 0;
