-- What browsers showed, until it is too old to be filled in. Sessions and references are there as
-- keyed digests only, and what was seen is sealed.

CREATE TABLE visit (
  session BLOB PRIMARY KEY,
  day INTEGER NOT NULL,
  sealed BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE reference (
  reference BLOB PRIMARY KEY,
  session BLOB NOT NULL,
  bound_at REAL NOT NULL,
  verified INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- For forgetting: the days on which visits were last seen, and when references were bound.
CREATE INDEX visit_of_day ON visit (day);
CREATE INDEX reference_bound ON reference (bound_at);
