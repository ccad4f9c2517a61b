-- What happened when. width: the seconds that a row covers from start (Unix seconds) on: 60, and 3600
-- for what is older than some hours. Rows come in the commits that do what they count.

-- name: an outcome, a final state, or 'sent', whose reason is the verdict about the request.
CREATE TABLE rollup (
  width INTEGER NOT NULL,
  start INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  name TEXT NOT NULL,
  reason TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (width, start, kind, name, reason)
) STRICT, WITHOUT ROWID;

-- Histograms: how many of a lane's answers or deliveries (hop) took as long as bucket says.
CREATE TABLE latency (
  width INTEGER NOT NULL,
  start INTEGER NOT NULL,
  lane INTEGER NOT NULL,
  hop TEXT NOT NULL,
  bucket INTEGER NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (width, start, lane, hop, bucket)
) STRICT, WITHOUT ROWID;
