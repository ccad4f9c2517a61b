-- Statements about problems. What was received is counted by outcome, which is in lower case, beside
-- final states, which are not, and what was sent. What tells about a visit is counted, too, and is no
-- event: these reasons are bound to carray.

-- name: settled
SELECT problem_id FROM problem WHERE resolved_at IS NOT NULL OR muted_at IS NOT NULL;
-- name: exists
SELECT 1 FROM problem WHERE problem_id = ?;
-- name: room
SELECT
  (SELECT count(*) FROM problem WHERE pixel_id = ?1 AND reason = ?2 AND source = ?3 AND channel = ?4),
  (SELECT count(*) FROM problem WHERE pixel_id = ?1);
-- name: next_news
UPDATE store SET news = news + 1 RETURNING news;
-- name: received_before
SELECT
  ifnull((
    SELECT sum(received.count) FROM received JOIN kind USING (kind)
    WHERE pixel_id = ?1 AND channel = ?2 AND (?3 = '' OR event = ?3)
      AND reason NOT IN carray(?5)
  ), 0) - ifnull((
    SELECT sum(rollup.count) FROM rollup JOIN kind USING (kind)
    WHERE width IN (60, 3600) AND start >= ?4 AND name = lower(name) AND name <> 'sent'
      AND reason NOT IN carray(?5)
      AND pixel_id = ?1 AND channel = ?2 AND (?3 = '' OR event = ?3)
  ), 0);
-- name: add
INSERT INTO problem (
  problem_id, pixel_id, channel, source, event, origin, code, reason, field,
  count, before, first_seen, last_seen, sample, news
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?);
-- name: see
UPDATE problem SET
  count = count + ?2, first_seen = min(first_seen, ?3), sample = iif(?4 >= last_seen, ?5, sample),
  last_seen = max(last_seen, ?4)
WHERE problem_id = ?1;
-- name: see_hour
INSERT INTO problem_hour (hour, problem_id, count) VALUES (?, ?, ?)
ON CONFLICT DO UPDATE SET count = count + excluded.count;

-- name: stand
SELECT resolved_at, muted_at, muted_until, returned_at, returns, note, decided_by
FROM problem WHERE problem_id = ?;
-- name: put_stand
UPDATE problem SET
  resolved_at = ?2, muted_at = ?3, muted_until = ?4, returned_at = ?5, returns = ?6, note = ?7,
  decided_by = ?8
WHERE problem_id = ?1;
-- name: put_news
UPDATE problem SET news = ? WHERE problem_id = ?;

-- name: groups
SELECT
  problem_id, pixel_id, channel, source, event, origin, code, reason, field, count, before,
  first_seen, last_seen, sample, news, resolved_at, muted_at, muted_until, returned_at, returns,
  note, decided_by
FROM problem
-- name: all
WHERE ?1 IS NULL OR pixel_id = ?1;
-- name: one
WHERE problem_id = ?1;
-- name: since
WHERE news > ?1 ORDER BY news;
-- name: lately
SELECT problem_id, sum(count) FROM problem_hour WHERE hour >= ? GROUP BY problem_id;
-- name: received
SELECT pixel_id, channel, event, ifnull((
    SELECT sum(count) FROM received
    WHERE received.kind = kind.kind
      AND reason NOT IN carray(?2)
  ), 0), ifnull(lately.count, 0)
FROM kind LEFT JOIN (
  SELECT kind, sum(count) AS count FROM rollup
  WHERE width IN (60, 3600) AND start >= ?1 AND name = lower(name) AND name <> 'sent'
    AND reason NOT IN carray(?2)
  GROUP BY kind
) AS lately USING (kind);

-- name: drop_hours
DELETE FROM problem_hour WHERE hour < ?;
-- name: drop
DELETE FROM problem WHERE last_seen < ?;
