-- The ledger. Costs must not grow with it, so each index below says what it is for, and the way of an
-- ordinary event (QUEUED, SENDING, DELIVERED) touches as few of them as possible.

-- One row: whose key seals this store, its two secrets (wrapped by that key), and the number of
-- events ever stored, which is also the seq of the last one.
CREATE TABLE store (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  key_id TEXT NOT NULL,
  fingerprint_key BLOB NOT NULL,
  blind_index_key BLOB NOT NULL,
  recorded INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Words that many events share are stored once and referred to by a small number.
CREATE TABLE kind (
  kind INTEGER PRIMARY KEY,
  pixel_id TEXT NOT NULL,
  event TEXT NOT NULL,
  channel TEXT NOT NULL,
  UNIQUE (pixel_id, event, channel)
) STRICT;

CREATE TABLE lane (
  lane INTEGER PRIMARY KEY,
  pixel_id TEXT NOT NULL,
  test_event_code TEXT NOT NULL,
  UNIQUE (pixel_id, test_event_code)
) STRICT;

CREATE TABLE decision (
  decision INTEGER PRIMARY KEY,
  facts TEXT NOT NULL UNIQUE
) STRICT;

-- The small row that changes with every step of an event.
CREATE TABLE event (
  seq INTEGER PRIMARY KEY,
  kind INTEGER NOT NULL,
  lane INTEGER NOT NULL,
  event_id TEXT NOT NULL,
  event_time INTEGER NOT NULL,
  received_at REAL NOT NULL,
  updated_at REAL NOT NULL,
  source TEXT NOT NULL,
  verified INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  version INTEGER NOT NULL,
  state TEXT NOT NULL,
  reason TEXT,
  due_at REAL,
  attempts INTEGER NOT NULL,
  unknown INTEGER NOT NULL,
  first_maybe REAL,
  suspect TEXT,
  frozen INTEGER NOT NULL,
  withdrawn INTEGER NOT NULL,
  last_code INTEGER,
  batch INTEGER,
  order_digest BLOB,
  action_digest BLOB
) STRICT;

-- The key K. It begins with the event_id, so that it also finds stories and beginnings of event_ids:
-- ids are often random, and a second index over them would double the pages that an insert touches.
CREATE UNIQUE INDEX event_key ON event (event_id, kind);

-- What waits, by lane and due time; what ended is not in it. Suspects are apart from the others, so
-- that neither is looked for behind a million of the other. There are never many suspicions.
CREATE INDEX event_waiting ON event (lane, suspect, due_at)
  WHERE state IN ('QUEUED', 'RETRY', 'HELD');

-- Lists, newest first: of one pixel or event name, of one state, of one code. Most events are
-- DELIVERED with code 0, which walking finds at once; those in SENDING are named by their batches.
CREATE INDEX event_of_kind ON event (kind);
CREATE INDEX event_in_state ON event (state) WHERE state NOT IN ('SENDING', 'DELIVERED');
CREATE INDEX event_with_code ON event (last_code) WHERE last_code <> 0;

-- Two event_ids for one order; two reports of one action.
CREATE INDEX event_of_order ON event (order_digest) WHERE order_digest IS NOT NULL;
CREATE INDEX event_of_action ON event (action_digest) WHERE action_digest IS NOT NULL;

-- What seldom changes and is read one event at a time. presence: a letter for each match key.
CREATE TABLE detail (
  seq INTEGER PRIMARY KEY,
  decision INTEGER NOT NULL,
  collected_at REAL,
  held_until REAL,
  presence TEXT NOT NULL,
  fingerprint BLOB NOT NULL,
  findings TEXT
) STRICT;

-- TikTok-ready bytes, sealed with the key of their day. A table of its own, so that a day of payloads
-- goes as whole pages while keys and states stay.
CREATE TABLE payload (
  seq INTEGER PRIMARY KEY,
  day INTEGER NOT NULL,
  sealed BLOB NOT NULL
) STRICT;

-- UTC days since 1970-01-01: the first event of each, and its data key, wrapped by the store key.
-- Without the data key (NULL) every payload of the day is noise.
CREATE TABLE day (
  day INTEGER PRIMARY KEY,
  first_seq INTEGER NOT NULL,
  data_key BLOB
) STRICT;

-- One row per request: the intent before its bytes leave, and the answer (verdict is set) after.
-- members: MessagePack, the seq of each event and its kind.
CREATE TABLE batch (
  batch INTEGER PRIMARY KEY,
  batch_id TEXT NOT NULL UNIQUE,
  lane INTEGER NOT NULL,
  events INTEGER NOT NULL,
  body_digest BLOB NOT NULL,
  sent_at REAL NOT NULL,
  answered_at REAL,
  verdict TEXT,
  http_status INTEGER,
  code INTEGER,
  message TEXT,
  request_id TEXT,
  latency REAL,
  raw BLOB,
  members BLOB NOT NULL
) STRICT;

CREATE INDEX batch_open ON batch (batch) WHERE verdict IS NULL;

-- An event's attempts that something is to be said about: all but the one that is under way and the
-- one that simply delivered, which event.batch names.
CREATE TABLE attempt (
  seq INTEGER NOT NULL,
  batch INTEGER NOT NULL,
  number INTEGER NOT NULL,
  message TEXT,
  next_attempt_at REAL,
  PRIMARY KEY (seq, batch)
) STRICT, WITHOUT ROWID;

CREATE TABLE remark (
  seq INTEGER NOT NULL,
  number INTEGER NOT NULL,
  at REAL NOT NULL,
  stage TEXT NOT NULL,
  detail TEXT NOT NULL,
  PRIMARY KEY (seq, number)
) STRICT, WITHOUT ROWID;

-- Counters, changed in the commits that change what they count.
CREATE TABLE stock (
  kind INTEGER NOT NULL,
  state TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (kind, state)
) STRICT, WITHOUT ROWID;

CREATE TABLE received (
  kind INTEGER NOT NULL,
  outcome TEXT NOT NULL,
  reason TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (kind, outcome, reason)
) STRICT, WITHOUT ROWID;

-- The same per UTC day, and what ended on it (outcome is then a state).
CREATE TABLE flow (
  day INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  outcome TEXT NOT NULL,
  reason TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (day, kind, outcome, reason)
) STRICT, WITHOUT ROWID;
