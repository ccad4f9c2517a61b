-- Statements about visits.

-- name: find_visit
SELECT sealed FROM visit WHERE session = ?;
-- name: put_visit
INSERT INTO visit (session, day, sealed) VALUES (?1, ?2, ?3)
ON CONFLICT (session) DO UPDATE SET day = ?2, sealed = ?3;
-- name: find_reference
SELECT session, bound_at FROM reference WHERE reference = ?;
-- name: bind
INSERT INTO reference (reference, session, bound_at, verified) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (reference) DO UPDATE SET
  session = ?2,
  bound_at = CASE WHEN session = ?2 THEN bound_at ELSE ?3 END,
  verified = max(verified * (session = ?2), ?4)
WHERE session = ?2 OR ?4
RETURNING 1;
-- name: cross
INSERT INTO crossing (mark, session, visit, at) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (mark) DO UPDATE SET at = at WHERE session = ?2
RETURNING 1;
-- name: find_crossing
SELECT visit FROM crossing WHERE session = ? AND visit <> session ORDER BY at DESC LIMIT 1;
-- name: forget_visits
DELETE FROM visit WHERE session BETWEEN ? AND ?;
-- name: forget_references
DELETE FROM reference WHERE session BETWEEN ? AND ?;
-- name: forget_crossings
DELETE FROM crossing WHERE session BETWEEN ?1 AND ?2 OR visit BETWEEN ?1 AND ?2;
-- name: drop_crossings
DELETE FROM crossing WHERE mark IN (SELECT mark FROM crossing WHERE at < ? LIMIT ?);
-- name: drop_visits
DELETE FROM visit WHERE session IN (SELECT session FROM visit WHERE day < ? LIMIT ?);
-- name: drop_references
DELETE FROM reference WHERE reference IN
  (SELECT reference FROM reference WHERE bound_at < ? LIMIT ?);
