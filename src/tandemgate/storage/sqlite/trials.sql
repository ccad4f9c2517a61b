-- Statements about test sessions.

-- name: begin_trial
INSERT INTO trial (trial_id, pixel_id, revision, open, content) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT DO NOTHING RETURNING 1;
-- name: change_trial
UPDATE trial SET revision = ?3, open = ?4, content = ?5
WHERE trial_id = ?1 AND pixel_id = ?2 AND revision = ?3 - 1 AND open RETURNING 1;
-- name: trials
SELECT content FROM trial ORDER BY trial DESC LIMIT ?;
-- name: note
INSERT INTO sighting (trial_id, at, content) VALUES (?, ?, ?);
-- name: seen
SELECT content FROM sighting WHERE trial_id = ? AND at >= ? ORDER BY at, seq;
-- name: forget
DELETE FROM sighting WHERE trial_id = ?;
