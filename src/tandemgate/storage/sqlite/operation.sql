-- Statements about what people decide, on any connection.

-- name: pixels
SELECT pixel_id, paused_at, paused_why, changed_at FROM pixel;
-- name: pause
INSERT INTO pixel (pixel_id, paused_at, paused_why) VALUES (?, ?, ?)
ON CONFLICT DO UPDATE SET
  paused_at = ifnull(paused_at, excluded.paused_at), paused_why = excluded.paused_why;
-- name: resume
UPDATE pixel SET paused_at = NULL, paused_why = '' WHERE pixel_id = ?;
-- name: configure
INSERT INTO pixel (pixel_id, settings) VALUES (?1, ?2)
ON CONFLICT DO UPDATE SET
  changed_at = iif(settings IS NULL OR settings = excluded.settings, changed_at, ?3),
  settings = excluded.settings;
-- name: change
INSERT INTO pixel (pixel_id, changed_at) VALUES (?, ?)
ON CONFLICT DO UPDATE SET changed_at = excluded.changed_at;

-- name: add_act
INSERT INTO act (at, who, what, pixel_id, reason, counts) VALUES (?, ?, ?, ?, ?, ?);
-- name: acts
SELECT act, at, who, what, pixel_id, reason, counts FROM act
WHERE (?1 IS NULL OR act < ?1) AND (?2 IS NULL OR at >= ?2) ORDER BY act DESC LIMIT ?3;

-- name: policies
SELECT pixel_id, content, since, ifnull(pixel.policy = version, 0)
FROM policy LEFT JOIN pixel USING (pixel_id) ORDER BY pixel_id, version;
-- name: add_policy
INSERT INTO policy (pixel_id, version, content, since) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING;
-- name: put_in_force
INSERT INTO pixel (pixel_id, policy) VALUES (?, ?)
ON CONFLICT DO UPDATE SET policy = excluded.policy;

-- name: tokens
SELECT pixel_id, digest, since, sealed FROM token WHERE retired_at IS NULL
ORDER BY pixel_id, since DESC;
-- name: seed_token
INSERT INTO token (pixel_id, digest, tail, since) VALUES (?, ?, ?, ?)
ON CONFLICT DO NOTHING RETURNING since;
-- name: keep_token
INSERT INTO token (pixel_id, digest, tail, since, sealed) VALUES (?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET
  since = excluded.since, sealed = excluded.sealed, retired_at = NULL;
-- name: retire_token
UPDATE token SET retired_at = ?, sealed = NULL
WHERE pixel_id = ? AND tail = ? AND retired_at IS NULL RETURNING tail;

-- name: keys
SELECT name, kind, pixels, scopes, origins, rate, digest, tail, since, until, public
FROM access_key ORDER BY name, since DESC;
-- name: keys_in_use
SELECT count(*) FROM access_key WHERE name = ? AND (until IS NULL OR until > ?);
-- name: add_key
INSERT INTO access_key (name, kind, pixels, scopes, origins, rate, digest, tail, since, until, public)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);
-- name: end_keys
UPDATE access_key SET until = min(ifnull(until, ?1), ?1)
WHERE name = ?2 AND (until IS NULL OR until > ?3);

-- name: confirmed
SELECT pixel_id, prerequisite, at, who FROM confirmed ORDER BY pixel_id, prerequisite;
-- name: confirm
INSERT INTO confirmed (pixel_id, prerequisite, at, who) VALUES (?, ?, ?, ?)
ON CONFLICT DO UPDATE SET at = excluded.at, who = excluded.who;

-- name: standing
SELECT event.kind, event.state, event.event_id, kind.pixel_id, kind.event, kind.channel,
  payload.day, payload.sealed, event.withdrawn
FROM event JOIN kind USING (kind) LEFT JOIN payload USING (seq) WHERE seq = ?;
-- name: queue_again
UPDATE event SET
  state = 'QUEUED', reason = NULL, due_at = ?1, updated_at = ?1, suspect = NULL,
  version = version + 1, revision = revision + ?2, frozen = iif(?2, 0, frozen)
WHERE seq = ?3;

-- name: settle_by_hand
UPDATE event SET state = ?, reason = ?, updated_at = ? WHERE seq = ?;

-- name: stock_waiting
SELECT pixel_id, sum(count) FROM stock JOIN kind USING (kind)
WHERE channel = 'live' AND state IN ('QUEUED', 'RETRY', 'HELD') GROUP BY 1;
-- name: first_of_lane
SELECT count(*), min(received_at), min(received_at) FILTER (WHERE state <> 'HELD') FROM (
  SELECT received_at, state FROM event
  WHERE lane = ? AND (state = 'QUEUED' OR state = 'RETRY' OR state = 'HELD')
  ORDER BY suspect, due_at LIMIT ?
);
