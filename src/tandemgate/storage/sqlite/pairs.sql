-- Statements about the Pixel's copies and ours.

-- name: note
INSERT INTO evidence (kind, event_id, folded, at, arrived_at, session, fingerprint)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT (event_id, kind) WHERE event_id IS NOT NULL DO UPDATE SET at = min(at, ?4);
-- name: drop
DELETE FROM evidence WHERE seq IN
  (SELECT seq FROM evidence WHERE seq > ? AND arrived_at < ? ORDER BY seq LIMIT ?)
RETURNING seq;

-- name: forget_session
UPDATE evidence SET session = NULL WHERE session = ?;

-- name: evidence
SELECT kind.event, event_id, at, at, fingerprint, session, seq, pixel_id, arrived_at, channel, kind
FROM evidence JOIN kind USING (kind)
-- name: of_key
WHERE event_id = ? AND kind = ?;
-- name: by_id
WHERE pixel_id = ?1 AND folded = ?2 AND (event_id <> ?3 OR kind <> ?4) AND channel = ?5;
-- name: by_session
WHERE pixel_id = ?1 AND session = ?2 AND at BETWEEN ?3 AND ?4 AND event_id IS NOT ?5
  AND channel = ?6;
-- name: newest_evidence
WHERE seq < ?1 AND (?2 IS NULL OR pixel_id = ?2) AND (?3 IS NULL OR kind.event = ?3)
  AND channel = ?4
  AND NOT EXISTS (
    SELECT 1 FROM event WHERE event.event_id = evidence.event_id AND event.kind = evidence.kind
  )
ORDER BY seq DESC LIMIT ?5;

-- name: copy
SELECT
  kind.event, event.event_id,
  ifnull((SELECT sent_at FROM batch WHERE batch.batch = event.batch), event.received_at),
  event.event_time, detail.fingerprint, detail.traces, event.seq, kind.pixel_id, event.received_at, kind.channel,
  event.kind
FROM event JOIN kind USING (kind) JOIN detail USING (seq)
-- name: of_event
WHERE event.seq = ?;
-- name: with_id
WHERE event.event_id = ?1 AND kind.pixel_id = ?2 AND kind.channel = ?5
  AND (event.kind <> ?3 OR event.event_id <> ?4);
