-- Calls of the Pixel that pages reported. The first call under a key is the one that counts; calls
-- without an event_id have no key. session: a trace of the visit.
CREATE TABLE evidence (
  seq INTEGER PRIMARY KEY,
  kind INTEGER NOT NULL,
  event_id TEXT,
  folded TEXT,
  at REAL NOT NULL,
  arrived_at REAL NOT NULL,
  session BLOB,
  fingerprint BLOB NOT NULL
) STRICT;

CREATE UNIQUE INDEX evidence_key ON evidence (event_id, kind) WHERE event_id IS NOT NULL;

-- What a copy without counterpart may have missed: the case of its event_id, or the id altogether.
CREATE INDEX evidence_folded ON evidence (folded) WHERE folded IS NOT NULL;
CREATE INDEX evidence_of_session ON evidence (session, at) WHERE session IS NOT NULL;
