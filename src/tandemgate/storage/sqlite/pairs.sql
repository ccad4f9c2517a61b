-- Statements about the Pixel's copies and ours.

-- name: note
INSERT INTO evidence (
  kind, event_id, folded, at, arrived_at, session, fingerprint, order_digest, action_digest, said
) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
ON CONFLICT (event_id, kind) WHERE event_id IS NOT NULL DO UPDATE SET at = min(at, ?4);
-- name: drop
DELETE FROM evidence WHERE seq IN (
  SELECT seq FROM (SELECT seq, arrived_at FROM evidence WHERE seq > ?1 ORDER BY seq LIMIT ?3)
  WHERE arrived_at < ?2
)
RETURNING seq;

-- name: forget_session
UPDATE evidence SET session = NULL, action_digest = NULL WHERE session = ?;

-- name: kind_of
SELECT kind FROM kind WHERE pixel_id = ? AND event = ? AND channel = ?;
-- name: last_evidence
SELECT ifnull(max(seq), 0) FROM evidence;
-- name: arrived_from
SELECT arrived_at FROM evidence WHERE seq >= ? ORDER BY seq LIMIT 1;

-- name: evidence
SELECT
  kind.event, event_id, at, at, fingerprint, session, seq, pixel_id, arrived_at, channel, kind,
  order_digest, action_digest, said, NULL, 0
FROM evidence JOIN kind USING (kind)
-- name: of_key
WHERE event_id = ? AND kind = ?;
-- name: by_id
WHERE pixel_id = ?1 AND folded = ?2 AND (event_id <> ?3 OR kind <> ?4) AND channel = ?5 LIMIT 8;
-- name: by_session
WHERE pixel_id = ?1 AND session = ?2 AND at BETWEEN ?3 AND ?4 AND event_id IS NOT ?5
  AND channel = ?6 LIMIT 8;
-- name: by_order
WHERE order_digest = ?1 AND event_id IS NOT ?2 ORDER BY at, seq LIMIT 8;
-- name: calls_of_session
WHERE session = ?1 AND at BETWEEN ?2 AND ?3 AND kind = ?4 ORDER BY at, seq LIMIT 8;
-- name: newest_evidence
WHERE seq < ?1 AND seq >= ?2 ORDER BY seq DESC LIMIT ?3;
-- name: newest_evidence_of_kind
WHERE seq < ?1 AND seq >= ?2 AND kind = ?4 ORDER BY seq DESC LIMIT ?3;

-- name: is_stored
SELECT event_time, verified FROM event WHERE event_id = ? AND kind = ?;

-- name: copy
SELECT
  kind.event, event.event_id,
  ifnull((SELECT sent_at FROM batch WHERE batch.batch = event.batch), event.received_at),
  event.event_time, detail.fingerprint, detail.traces, event.seq, kind.pixel_id, event.received_at,
  kind.channel, event.kind, event.order_digest, event.action_digest, decision.facts,
  event.state, event.unknown
FROM event JOIN kind USING (kind) JOIN detail USING (seq) JOIN decision USING (decision)
-- name: of_event
WHERE event.seq = ?;
-- name: with_id
WHERE event.event_id = ?1 AND kind.pixel_id = ?2 AND kind.channel = ?5
  AND (event.kind <> ?3 OR event.event_id <> ?4) LIMIT 8;
-- name: with_order
WHERE event.order_digest = ?1 LIMIT 8;
-- name: with_action
WHERE event.action_digest = ?1 LIMIT 8;
-- name: earlier_action
WHERE event.action_digest = ?1 AND event.seq < ?2 ORDER BY event.seq DESC LIMIT 8;

-- name: spoken
SELECT pixel_id, kind.event, ours.received_at, (
    SELECT arrived_at FROM evidence INDEXED BY evidence_of_kind
    WHERE evidence.kind = kind.kind ORDER BY seq DESC LIMIT 1
  ), ifnull(ours.source, '')
FROM kind LEFT JOIN event AS ours ON ours.seq = (
    SELECT max(seq) FROM event INDEXED BY event_of_kind WHERE event.kind = kind.kind
  )
WHERE channel = 'live' ORDER BY pixel_id, kind.event;
