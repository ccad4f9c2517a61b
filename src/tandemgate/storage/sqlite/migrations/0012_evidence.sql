-- What else a call of the Pixel is found by, and what the browser said about consent.

-- order_digest, action_digest: as an event has them. said: a letter for each flag, and for objections.
-- Calls from before have neither and are found by event_id and visit alone.
ALTER TABLE evidence ADD COLUMN order_digest BLOB;
ALTER TABLE evidence ADD COLUMN action_digest BLOB;
ALTER TABLE evidence ADD COLUMN said TEXT;

CREATE INDEX evidence_of_order ON evidence (order_digest) WHERE order_digest IS NOT NULL;

-- Lists of one pixel or event name, newest first.
CREATE INDEX evidence_of_kind ON evidence (kind);
