-- Statements about what happened when, on any connection.

-- name: count
INSERT INTO rollup (width, start, kind, name, reason, count) VALUES (60, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET count = count + excluded.count;
-- name: time
INSERT INTO latency (width, start, lane, hop, bucket, count) VALUES (60, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET count = count + excluded.count;

-- name: counted
SELECT pixel_id, event, channel, name, reason, sum(count) FROM (
  SELECT * FROM rollup WHERE width = 60 AND start >= ?1 AND start < ?2
  UNION ALL SELECT * FROM rollup WHERE width = 3600 AND start >= ?1 AND start < ?2
) JOIN kind USING (kind) GROUP BY 1, 2, 3, 4, 5;
-- name: timed
SELECT pixel_id, test_event_code, hop, bucket, sum(count) FROM (
  SELECT * FROM latency WHERE width = 60 AND start >= ?1 AND start < ?2
  UNION ALL SELECT * FROM latency WHERE width = 3600 AND start >= ?1 AND start < ?2
) JOIN lane USING (lane) GROUP BY 1, 2, 3, 4;

-- name: fold_counts
INSERT INTO rollup (width, start, kind, name, reason, count)
SELECT 3600, start / 3600 * 3600, kind, name, reason, sum(count) FROM rollup
WHERE width = 60 AND start < ? GROUP BY 2, 3, 4, 5
ON CONFLICT DO UPDATE SET count = count + excluded.count;
-- name: fold_times
INSERT INTO latency (width, start, lane, hop, bucket, count)
SELECT 3600, start / 3600 * 3600, lane, hop, bucket, sum(count) FROM latency
WHERE width = 60 AND start < ? GROUP BY 2, 3, 4, 5
ON CONFLICT DO UPDATE SET count = count + excluded.count;
-- name: drop_counts
DELETE FROM rollup WHERE width = ? AND start < ?;
-- name: drop_times
DELETE FROM latency WHERE width = ? AND start < ?;
