-- How a decision is proven: what each event's was made of, and under which policy.

-- decided_at: when the decision that stands was made, NULL for when the event was received.
-- sources: JSON, what each source said beside the stated fields, NULL where these alone spoke.
ALTER TABLE detail ADD COLUMN decided_at REAL;
ALTER TABLE detail ADD COLUMN sources TEXT;

-- Every consent policy that a pixel was ever decided by; content: JSON.
CREATE TABLE policy (
  pixel_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  content TEXT NOT NULL,
  since REAL NOT NULL,
  PRIMARY KEY (pixel_id, version)
) STRICT, WITHOUT ROWID;

-- policy: the version in force, NULL before the first one was registered.
ALTER TABLE pixel ADD COLUMN policy INTEGER;

CREATE TRIGGER policy_is_not_changed BEFORE UPDATE ON policy
BEGIN SELECT raise(ABORT, 'a policy that decided about events stays as it is'); END;

CREATE TRIGGER policy_is_not_removed BEFORE DELETE ON policy
BEGIN SELECT raise(ABORT, 'a policy that decided about events stays as it is'); END;
