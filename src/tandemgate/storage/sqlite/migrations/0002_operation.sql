-- What people decide about the gateway, and who did; and what retention needs.

-- A pixel's pause, and when its settings were last seen to change (settings: a keyed digest of them).
CREATE TABLE pixel (
  pixel_id TEXT PRIMARY KEY,
  paused_at REAL,
  paused_why TEXT NOT NULL DEFAULT '',
  settings BLOB,
  changed_at REAL
) STRICT, WITHOUT ROWID;

-- Access tokens, told apart by a keyed digest. sealed is NULL for one that the settings hold.
CREATE TABLE token (
  pixel_id TEXT NOT NULL,
  digest BLOB NOT NULL,
  tail TEXT NOT NULL,
  since REAL NOT NULL,
  sealed BLOB,
  retired_at REAL,
  PRIMARY KEY (pixel_id, digest)
) STRICT, WITHOUT ROWID;

-- The audit log. Nothing in it ever changes.
CREATE TABLE act (
  act INTEGER PRIMARY KEY AUTOINCREMENT,
  at REAL NOT NULL,
  who TEXT NOT NULL,
  what TEXT NOT NULL,
  pixel_id TEXT NOT NULL,
  reason TEXT NOT NULL,
  counts TEXT NOT NULL
) STRICT;

CREATE TRIGGER act_is_not_changed BEFORE UPDATE ON act
BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END;

CREATE TRIGGER act_is_not_removed BEFORE DELETE ON act
BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END;

-- forgotten: how many events retention has removed altogether; recorded less these are there.
-- copied_at: set in a backup alone, to when it was made; the next start settles what that means.
ALTER TABLE store ADD COLUMN forgotten INTEGER NOT NULL DEFAULT 0;
ALTER TABLE store ADD COLUMN copied_at REAL;
