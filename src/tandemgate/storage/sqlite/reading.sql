-- Statements of the read-only connections. What waits is found by its index only where a statement says
-- so in the very words of the index: QUEUED, RETRY or HELD, one OR the other.

-- name: begin
BEGIN;
-- name: end
ROLLBACK;
-- name: find_day
SELECT data_key FROM day WHERE day = ?;

-- name: lanes
SELECT lane, pixel_id, test_event_code FROM lane;
-- name: find_lane
SELECT lane FROM lane WHERE pixel_id = ? AND test_event_code = ?;
-- name: first_waiting
SELECT due_at, seq, NULL FROM event
WHERE lane = ? AND (state = 'QUEUED' OR state = 'RETRY' OR state = 'HELD') AND suspect IS NULL
ORDER BY due_at, seq LIMIT 1;
-- name: first_suspected
WITH suspicion (path) AS (
  SELECT min(suspect) FROM event
  WHERE lane = ?1 AND (state = 'QUEUED' OR state = 'RETRY' OR state = 'HELD')
  UNION ALL
  SELECT (
    SELECT min(suspect) FROM event
    WHERE lane = ?1 AND (state = 'QUEUED' OR state = 'RETRY' OR state = 'HELD') AND suspect > path
  ) FROM suspicion WHERE path IS NOT NULL
)
SELECT due_at, seq, suspect FROM suspicion JOIN event ON seq = (
  SELECT seq FROM event
  WHERE lane = ?1 AND (state = 'QUEUED' OR state = 'RETRY' OR state = 'HELD') AND suspect = path
  ORDER BY due_at, seq LIMIT 1
)
ORDER BY due_at, seq LIMIT 1;
-- name: stranded_suspicion
SELECT min(suspect) FROM event
WHERE lane = ? AND (state = 'QUEUED' OR state = 'RETRY' OR state = 'HELD')
  AND suspect > '' AND due_at > ?;
-- name: due
SELECT
  event.seq, event.state, event.event_time, event.received_at, event.attempts, event.unknown,
  (
    SELECT nullif(min(ifnull(event.first_maybe, 1e99), ifnull(max(at), 1e99)), 1e99)
    FROM evidence WHERE evidence.event_id = event.event_id AND evidence.kind = event.kind
  ),
  event.suspect, event.version, event.event_id,
  kind.pixel_id, kind.event, kind.channel, payload.day, payload.sealed
FROM event
JOIN kind USING (kind)
LEFT JOIN payload USING (seq)
-- name: in_lane
WHERE event.lane = ? AND (state = 'QUEUED' OR state = 'RETRY' OR state = 'HELD')
  AND suspect IS ? AND due_at <= ?
ORDER BY due_at, seq LIMIT ?;
-- name: stranded_in_lane
WHERE event.lane = ? AND (state = 'QUEUED' OR state = 'RETRY' OR state = 'HELD') AND state <> 'HELD'
  AND suspect IS ? AND due_at > ?
ORDER BY due_at, seq LIMIT ?;
-- name: newest_in_lane
WHERE event.lane = ? AND (state = 'QUEUED' OR state = 'RETRY' OR state = 'HELD')
  AND suspect IS NULL AND due_at <= ?
ORDER BY due_at DESC, seq DESC LIMIT ?;
-- name: by_seq
WHERE seq = ?;
-- name: open_batches
SELECT batch_id, pixel_id, test_event_code, sent_at, members
FROM batch JOIN lane USING (lane)
WHERE verdict IS NULL ORDER BY batch;
-- name: open_members
SELECT members FROM batch WHERE verdict IS NULL;

-- name: entry
SELECT
  event.seq, kind.pixel_id, kind.event, event.event_id, kind.channel, lane.test_event_code,
  event.event_time, event.received_at, event.updated_at, event.source, event.verified,
  event.revision, event.state, event.reason, event.due_at, event.attempts, event.unknown,
  (
    SELECT nullif(min(ifnull(event.first_maybe, 1e99), ifnull(max(at), 1e99)), 1e99)
    FROM evidence WHERE evidence.event_id = event.event_id AND evidence.kind = event.kind
  ),
  detail.presence, decision.facts, detail.collected_at, detail.decided_at,
  detail.sources, detail.findings,
  event.last_code, event.withdrawn,
  (SELECT sent_at FROM batch WHERE batch.batch = event.batch),
  EXISTS (SELECT 1 FROM payload WHERE payload.seq = event.seq),
  detail.worth, detail.currency
FROM event
JOIN kind USING (kind)
JOIN lane USING (lane)
JOIN detail USING (seq)
JOIN decision USING (decision)
WHERE seq = ?;
-- name: payload_of
SELECT event_id, pixel_id, kind.event, channel, day, sealed
FROM payload JOIN event USING (seq) JOIN kind USING (kind) WHERE seq = ?;
-- name: with_event_id
SELECT seq FROM event JOIN kind USING (kind)
WHERE event_id = ?1 AND (?2 IS NULL OR pixel_id = ?2) AND (?3 IS NULL OR kind.event = ?3)
ORDER BY seq;
-- name: attempts
SELECT
  attempt.number, batch_id, events, sent_at, answered_at, http_status, code,
  coalesce(attempt.message, batch.message, ''), request_id, verdict, latency, next_attempt_at, batch
FROM attempt JOIN batch USING (batch) WHERE seq = ? ORDER BY batch;
-- name: last_attempt
SELECT
  attempts, batch_id, events, sent_at, answered_at, http_status, code,
  ifnull(batch.message, ''), request_id, verdict, latency, NULL, batch
FROM event JOIN batch USING (batch) WHERE seq = ?;
-- name: remarks
SELECT at, stage, detail FROM remark WHERE seq = ? ORDER BY number;

-- name: kinds
SELECT kind, pixel_id, event, channel FROM kind;
-- name: recorded
SELECT recorded, forgotten FROM store;
-- name: received_from
SELECT received_at FROM event WHERE seq >= ? ORDER BY seq LIMIT 1;
-- name: beginning_with
SELECT seq FROM event WHERE event_id >= ?1 AND event_id < ?1 || char(0x10ffff) LIMIT ?2;
-- name: walk
SELECT seq FROM event NOT INDEXED WHERE seq < :before
-- name: walk_state
SELECT seq FROM event INDEXED BY event_in_state
WHERE state = :state AND state NOT IN ('SENDING', 'DELIVERED') AND seq < :before
-- name: walk_code
SELECT seq FROM event INDEXED BY event_with_code
WHERE last_code = :code AND last_code <> 0 AND seq < :before
-- name: walk_kind
SELECT seq FROM event INDEXED BY event_of_kind WHERE kind = :one AND seq < :before
-- name: just
SELECT seq FROM event WHERE seq = :one AND seq < :before
-- name: matching
  AND seq >= :first
  AND (:state IS NULL OR state = :state)
  AND (:code IS NULL OR last_code = :code)
  AND (:kinds IS NULL OR kind IN (SELECT value FROM json_each(:kinds)))
  AND (:since IS NULL OR received_at >= :since)
  AND (:until IS NULL OR received_at < :until)
  AND (:q IS NULL OR substr(event_id, 1, length(:q)) = :q)
ORDER BY seq DESC LIMIT :limit;

-- name: stock
SELECT pixel_id, event, channel, state, '', count FROM stock JOIN kind USING (kind)
WHERE count <> 0 ORDER BY 1, 2, 3, 4;
-- name: received
SELECT pixel_id, event, channel, outcome, reason, count FROM received JOIN kind USING (kind)
ORDER BY 1, 2, 3, 4, 5;
-- name: first_in_state
SELECT seq FROM event WHERE state = ? AND state NOT IN ('SENDING', 'DELIVERED')
ORDER BY seq LIMIT 1;
