-- How many events carried which match keys. Both tables are filled from the events that are there.

-- A row for each way in which events of a kind and UTC day are alike. presence: a letter for each
-- match key as in detail, but judged: what consent kept back is no fault of the data. paid: an ad
-- led to the visit.
CREATE TABLE coverage (
  kind INTEGER NOT NULL,
  day INTEGER NOT NULL,
  presence TEXT NOT NULL,
  paid INTEGER NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (kind, day, presence, paid)
) STRICT, WITHOUT ROWID;

-- Why match keys are missing or invalid. match_key: '' for why all of an event stayed.
CREATE TABLE gap (
  kind INTEGER NOT NULL,
  day INTEGER NOT NULL,
  match_key TEXT NOT NULL,
  reason TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (kind, day, match_key, reason)
) STRICT, WITHOUT ROWID;

-- What TikTok's Events Manager showed, as people noted it; the last note of a day counts.
CREATE TABLE score (
  pixel_id TEXT NOT NULL,
  event TEXT NOT NULL,
  day INTEGER NOT NULL,
  value REAL NOT NULL,
  noted_at REAL NOT NULL,
  who TEXT NOT NULL,
  PRIMARY KEY (pixel_id, event, day)
) STRICT, WITHOUT ROWID;
