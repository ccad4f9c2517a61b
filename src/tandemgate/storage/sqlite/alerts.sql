-- Statements about what is remembered of alerts, on any connection.

-- name: kept
SELECT content FROM alert ORDER BY family, pixel_id, subject;
-- name: keep
INSERT INTO alert (family, pixel_id, subject, content) VALUES (?, ?, ?, ?)
ON CONFLICT DO UPDATE SET content = excluded.content;
-- name: drop
DELETE FROM alert WHERE family = ? AND pixel_id = ? AND subject = ?;
-- name: mutes
SELECT family, pixel_id, since, until, by, note FROM alert_mute ORDER BY family, pixel_id;
-- name: mute
INSERT OR REPLACE INTO alert_mute (family, pixel_id, since, until, by, note)
VALUES (?, ?, ?, ?, ?, ?);
-- name: unmute
DELETE FROM alert_mute WHERE family = ? AND pixel_id = ?;
