-- Statements that make a copy a backup, and a restored backup a store.

-- name: begin
BEGIN IMMEDIATE;
-- name: commit
COMMIT;
-- name: drop_ended_payloads
DELETE FROM payload WHERE seq NOT IN (
  SELECT seq FROM event WHERE state = 'QUEUED' OR state = 'RETRY' OR state = 'HELD'
  UNION ALL SELECT seq FROM event NOT INDEXED WHERE state = 'SENDING'
);
-- name: days
SELECT day, data_key FROM day;
-- name: forget_keys
UPDATE day SET data_key = NULL;
-- name: set_key
UPDATE day SET data_key = ? WHERE day = ?;
-- name: payloads
SELECT seq, day, sealed, pixel_id, event, event_id, channel
FROM payload JOIN event USING (seq) JOIN kind USING (kind);
-- name: reseal
UPDATE payload SET sealed = ? WHERE seq = ?;
-- name: drop_visits
DELETE FROM visit;
-- name: drop_references
DELETE FROM reference;
-- name: drop_crossings
DELETE FROM crossing;
-- name: mark
UPDATE store SET copied_at = ?;
-- name: copied_at
SELECT copied_at FROM store;
-- name: unmark
UPDATE store SET copied_at = NULL;
-- name: count_as_unknown
UPDATE event SET
  unknown = unknown + 1, frozen = 1, first_maybe = min(ifnull(first_maybe, ?1), ?1)
WHERE state IN ('QUEUED', 'RETRY');
-- name: count_held
UPDATE event SET first_maybe = min(ifnull(first_maybe, ?1), ?1) WHERE state = 'HELD';
-- name: record
INSERT INTO act (at, who, what, pixel_id, reason, counts)
VALUES (?1, 'store', 'restored', '', 'a backup of this time became the store',
  json_object('unknown', ?2));
