-- Test sessions, kept for good: what came of each is the proof that a pixel was tested.

-- revision: counts changes, so that of two people's at once one takes place. content: JSON.
CREATE TABLE trial (
  trial INTEGER PRIMARY KEY,
  trial_id TEXT NOT NULL UNIQUE,
  pixel_id TEXT NOT NULL,
  revision INTEGER NOT NULL,
  open INTEGER NOT NULL,
  content TEXT NOT NULL
) STRICT;

-- A pixel has one test session at a time.
CREATE UNIQUE INDEX trial_open ON trial (pixel_id) WHERE open;

-- What an open one showed beside its events. content: JSON.
CREATE TABLE sighting (
  seq INTEGER PRIMARY KEY,
  trial_id TEXT NOT NULL,
  at REAL NOT NULL,
  content TEXT NOT NULL
) STRICT;

CREATE INDEX sighting_of_trial ON sighting (trial_id, at);
