-- Statements that exchange the store's key, or go on without a lost one.

-- name: begin
BEGIN IMMEDIATE;
-- name: commit
COMMIT;
-- name: key_id
SELECT key_id FROM store;
-- name: secrets
SELECT fingerprint_key, blind_index_key FROM store;
-- name: put_secrets
UPDATE store SET key_id = ?, fingerprint_key = ?, blind_index_key = ?;
-- name: days
SELECT day, data_key FROM day WHERE data_key IS NOT NULL;
-- name: put_day
UPDATE day SET data_key = ? WHERE day = ?;
-- name: tokens
SELECT pixel_id, digest, sealed FROM token WHERE sealed IS NOT NULL;
-- name: put_token
UPDATE token SET sealed = ? WHERE pixel_id = ? AND digest = ?;
-- name: record
INSERT INTO act (at, who, what, pixel_id, reason, counts) VALUES (?, ?, ?, '', ?, ?);

-- name: of_day
SELECT count(*), count(*) FILTER (WHERE state IN ('QUEUED', 'RETRY', 'HELD'))
FROM payload JOIN event USING (seq)
WHERE day = ? AND EXISTS (SELECT 1 FROM day WHERE day.day = payload.day AND data_key IS NOT NULL);
-- name: shred
UPDATE day SET data_key = NULL WHERE day = ?;

-- name: to_lose
SELECT
  (SELECT count(*) FROM payload),
  (SELECT count(*) FROM event WHERE state IN ('QUEUED', 'RETRY')),
  (SELECT count(*) FROM event WHERE state = 'HELD'),
  (SELECT count(*) FROM withdrawal),
  (SELECT count(*) FROM token WHERE sealed IS NOT NULL);
-- name: drop_payloads
DELETE FROM payload;
-- name: drop_days
UPDATE day SET data_key = NULL;
-- name: drop_digests
UPDATE detail SET fingerprint = x'80', traces = NULL;
-- name: drop_marks
UPDATE event SET order_digest = NULL, action_digest = NULL
WHERE order_digest IS NOT NULL OR action_digest IS NOT NULL;
-- name: drop_refusals
DELETE FROM refusal;
-- name: drop_withdrawals
DELETE FROM withdrawal;
-- name: drop_tokens
DELETE FROM token;
-- name: drop_settings
UPDATE pixel SET settings = NULL;
-- name: drop_visits
DELETE FROM visit;
-- name: drop_references
DELETE FROM reference;
-- name: drop_crossings
DELETE FROM crossing;
-- name: count_ends
INSERT INTO flow (day, kind, outcome, reason, count)
SELECT ?, kind, iif(state = 'HELD', 'SUPPRESSED', 'REVIEW'), 'payload_unreadable', count(*)
FROM event WHERE (state = 'QUEUED' OR state = 'RETRY' OR state = 'HELD') GROUP BY 2, 3
ON CONFLICT DO UPDATE SET count = count + excluded.count;
-- name: end_waiting
UPDATE event SET
  state = iif(state = 'HELD', 'SUPPRESSED', 'REVIEW'), reason = 'payload_unreadable',
  due_at = NULL, suspect = NULL, updated_at = ?
WHERE state = 'QUEUED' OR state = 'RETRY' OR state = 'HELD';
-- name: forget_stock
DELETE FROM stock;
-- name: count_stock
INSERT INTO stock (kind, state, count)
SELECT kind, state, count(*) FROM event NOT INDEXED GROUP BY kind, state;
