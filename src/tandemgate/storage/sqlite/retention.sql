-- Statements that forget what has had its time, a slice at a time.

-- name: begins
SELECT first_seq FROM day WHERE day >= ? ORDER BY day LIMIT 1;
-- name: recorded
SELECT recorded FROM store;
-- name: payload_slice
SELECT seq FROM payload WHERE seq > ? AND seq < ? ORDER BY seq LIMIT ?;
-- name: event_slice
SELECT seq FROM event WHERE seq > ? AND seq < ? ORDER BY seq LIMIT ?;
-- name: ended
SELECT kind, state, updated_at FROM event WHERE seq = ?;
-- name: drop_payload
DELETE FROM payload WHERE seq = ?;
-- name: drop_event
DELETE FROM event WHERE seq = ?;
-- name: drop_detail
DELETE FROM detail WHERE seq = ?;
-- name: drop_attempts
DELETE FROM attempt WHERE seq = ?;
-- name: drop_remarks
DELETE FROM remark WHERE seq = ?;
-- name: add_forgotten
UPDATE store SET forgotten = forgotten + ?;
-- name: batch_slice
SELECT batch, sent_at, verdict FROM batch WHERE batch > ? ORDER BY batch LIMIT ?;
-- name: drop_batch
DELETE FROM batch WHERE batch = ?;
-- name: days_with_key
SELECT day, (SELECT first_seq FROM day AS next WHERE next.day > day.day ORDER BY day LIMIT 1)
FROM day WHERE day < ? AND data_key IS NOT NULL;
-- name: sealed_by
SELECT 1 FROM payload WHERE seq <= ? AND day = ? LIMIT 1;
