-- Link tokens that were used: each once, by the visit at another host that follows the one it came
-- from. mark: the token's seal. session, visit: digests of sessions, the later and the earlier one.
CREATE TABLE crossing (
  mark BLOB PRIMARY KEY,
  session BLOB NOT NULL,
  visit BLOB NOT NULL,
  at REAL NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX crossing_of ON crossing (session, at);

-- For forgetting.
CREATE INDEX crossing_from ON crossing (visit);
CREATE INDEX crossing_at ON crossing (at);
