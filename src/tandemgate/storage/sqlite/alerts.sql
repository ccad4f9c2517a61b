-- Statements about what is remembered of alerts, on any connection.

-- name: kept
SELECT content FROM alert ORDER BY family, pixel_id, subject;
-- name: keep
INSERT INTO alert (family, pixel_id, subject, content) VALUES (?, ?, ?, ?)
ON CONFLICT DO UPDATE SET content = excluded.content;
-- name: drop
DELETE FROM alert WHERE family = ? AND pixel_id = ? AND subject = ?;
