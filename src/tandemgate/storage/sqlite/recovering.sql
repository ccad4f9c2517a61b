-- Statements that turn what could be read of a damaged store into a store of its own.

-- name: key_in_index
SELECT seq FROM event INDEXED BY event_key WHERE event_id = ? AND kind = ?;

-- name: last_batch
SELECT max(batch) FROM (SELECT batch FROM event NOT INDEXED UNION ALL SELECT batch FROM attempt);
-- name: has_secrets
SELECT 1 FROM store;
-- name: attempts_without_answer
INSERT OR IGNORE INTO attempt (seq, batch, number, message)
SELECT seq, batch, attempts, 'the store was damaged' FROM event NOT INDEXED
WHERE state = 'SENDING' AND batch IS NOT NULL;
-- name: close_batches
UPDATE batch SET verdict = 'retry_unknown', answered_at = ?1, message = 'the store was damaged'
WHERE verdict IS NULL;
-- name: end_unsendable
UPDATE event SET
  reason = iif(state = 'HELD', 'consent_missing', 'payload_unreadable'),
  unknown = unknown + (state <> 'HELD'), frozen = 1, suspect = NULL, due_at = NULL, updated_at = ?,
  first_maybe = min(ifnull(first_maybe, received_at), received_at),
  state = iif(state = 'HELD', 'SUPPRESSED', 'REVIEW')
WHERE state IN ('QUEUED', 'RETRY', 'SENDING', 'HELD')
  AND NOT EXISTS (SELECT 1 FROM payload WHERE payload.seq = event.seq);
-- name: count_as_unknown
UPDATE event SET
  unknown = unknown + 1, frozen = 1, suspect = NULL,
  first_maybe = min(ifnull(first_maybe, received_at), received_at),
  due_at = iif(state = 'SENDING', ?1, due_at), state = iif(state = 'SENDING', 'RETRY', state)
WHERE state IN ('QUEUED', 'RETRY', 'SENDING');
-- name: count_held
UPDATE event SET first_maybe = min(ifnull(first_maybe, received_at), received_at)
WHERE state = 'HELD';
-- name: recount
INSERT INTO stock (kind, state, count)
SELECT kind, state, count(*) FROM event NOT INDEXED GROUP BY kind, state;
-- name: record_all
UPDATE store SET recorded = ?1, forgotten = ?1 - (SELECT count(*) FROM event);
-- name: record_act
INSERT INTO act (at, who, what, pixel_id, reason, counts)
VALUES (?, 'store', 'recovered', '', 'a damaged store was read as far as it can be proven', ?);
