-- Statements about coverage of match keys, on any connection.

-- name: count_coverage
INSERT INTO coverage (kind, day, presence, paid, count) VALUES (?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET count = count + excluded.count;
-- name: count_gap
INSERT INTO gap (kind, day, match_key, reason, count) VALUES (?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET count = count + excluded.count;
-- name: drop_coverage
DELETE FROM coverage WHERE count = 0;
-- name: drop_gaps
DELETE FROM gap WHERE count = 0;

-- name: facts
SELECT facts FROM decision WHERE decision = ?;
-- name: countable
SELECT kind, received_at, presence, decision, findings, 1
FROM event JOIN detail USING (seq)
-- name: of_seq
WHERE seq = ?;
-- name: all_with_findings
WHERE findings IS NOT NULL;
-- name: all_without_findings
SELECT kind, cast(received_at / 86400 AS INTEGER) * 86400.0, presence, decision, NULL, count(*)
FROM event NOT INDEXED JOIN detail USING (seq) WHERE findings IS NULL GROUP BY 1, 2, 3, 4;
-- name: coverage
SELECT kind, day, presence, paid, count FROM coverage WHERE count <> 0
-- name: gaps
SELECT kind, day, match_key, reason, count FROM gap WHERE count <> 0
-- name: of_kind
  AND kind = ? AND day BETWEEN ? AND ?;

-- name: kinds
SELECT kind, pixel_id, event FROM kind
WHERE channel = ?1 AND (?2 IS NULL OR pixel_id = ?2) AND (?3 IS NULL OR event = ?3);

-- name: note
INSERT INTO score (pixel_id, event, day, value, noted_at, who) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET
  value = excluded.value, noted_at = excluded.noted_at, who = excluded.who;
-- name: scores
SELECT pixel_id, event, day, value, noted_at, who FROM score
WHERE day BETWEEN ?1 AND ?2 AND (?3 IS NULL OR pixel_id = ?3) AND (?4 IS NULL OR event = ?4)
ORDER BY pixel_id, event, day;
