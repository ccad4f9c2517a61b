-- Statements of the one writing connection.

-- name: begin
BEGIN IMMEDIATE;
-- name: commit
COMMIT;
-- name: rollback
ROLLBACK;

-- name: find_kind
SELECT kind FROM kind WHERE pixel_id = ? AND event = ? AND channel = ?;
-- name: add_kind
INSERT INTO kind (pixel_id, event, channel) VALUES (?, ?, ?) RETURNING kind;
-- name: find_lane
SELECT lane FROM lane WHERE pixel_id = ? AND test_event_code = ?;
-- name: add_lane
INSERT INTO lane (pixel_id, test_event_code) VALUES (?, ?) RETURNING lane;
-- name: find_decision
SELECT decision FROM decision WHERE facts = ?;
-- name: add_decision
INSERT INTO decision (facts) VALUES (?) RETURNING decision;

-- name: stored_marks
SELECT event_id, kind FROM carray(?) CROSS JOIN event ON event_id = value
UNION ALL SELECT order_digest, NULL FROM carray(?) CROSS JOIN event ON order_digest = value
UNION ALL SELECT action_digest, NULL FROM carray(?) CROSS JOIN event ON action_digest = value;
-- name: find_event
SELECT seq FROM event WHERE event_id = ? AND kind = ?;
-- name: find_order
SELECT seq FROM event WHERE order_digest = ? ORDER BY seq LIMIT 1;
-- name: find_action
SELECT seq FROM event WHERE action_digest = ? ORDER BY seq DESC LIMIT 1;
-- name: known
SELECT
  event.state, event.revision, event.unknown, event.frozen, event.event_time, event.received_at,
  event.source, event.verified, event.order_digest, event.action_digest, event.event_id,
  kind.pixel_id, kind.event, kind.channel, lane.test_event_code,
  decision.facts, detail.collected_at, detail.decided_at, detail.sources, detail.held_until,
  detail.presence, detail.fingerprint, detail.findings, detail.traces, payload.day, payload.sealed,
  event.withdrawn, detail.worth, detail.currency
FROM event
JOIN kind USING (kind)
JOIN lane USING (lane)
JOIN detail USING (seq)
JOIN decision USING (decision)
LEFT JOIN payload USING (seq)
WHERE seq = ?;

-- name: add_event
INSERT OR ROLLBACK INTO event (
  seq, kind, lane, event_id, event_time, received_at, updated_at, source, verified,
  revision, version, state, reason, due_at, attempts, unknown, frozen, withdrawn,
  order_digest, action_digest
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1, 0, ?, ?, ?, 0, 0, 0, 0, ?, ?);
-- name: add_detail
INSERT INTO detail (
  seq, decision, collected_at, decided_at, sources, held_until, presence, fingerprint, findings,
  traces, worth, currency
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);
-- name: add_payload
INSERT INTO payload (seq, day, sealed) VALUES (?, ?, ?);
-- name: put_payload
INSERT INTO payload (seq, day, sealed) VALUES (?, ?, ?)
ON CONFLICT (seq) DO UPDATE SET day = excluded.day, sealed = excluded.sealed;
-- name: drop_payload
DELETE FROM payload WHERE seq = ?;

-- name: replace_event
UPDATE event SET
  lane = ?, event_time = ?, updated_at = ?, source = ?, verified = ?, state = ?, reason = ?,
  due_at = ?, order_digest = ?, action_digest = ?, revision = revision + 1, version = version + 1,
  suspect = NULL, frozen = 0, withdrawn = 0
WHERE seq = ?;
-- name: amend_event
UPDATE event SET
  updated_at = ?, verified = ?, state = ?, reason = ifnull(?, reason), order_digest = ?,
  action_digest = ?, version = version + ?, withdrawn = withdrawn OR ?
WHERE seq = ?;
-- name: end_wait
UPDATE event SET due_at = NULL, suspect = NULL WHERE seq = ?;
-- name: put_detail
UPDATE detail SET
  decision = ?, collected_at = ?, decided_at = ?, sources = ?, held_until = ?, presence = ?,
  fingerprint = ?, findings = ?, traces = ?, worth = ?, currency = ?
WHERE seq = ?;
-- name: add_remark
INSERT INTO remark (seq, number, at, stage, detail)
SELECT ?1, ifnull(max(number), 0) + 1, ?2, ?3, ?4 FROM remark WHERE seq = ?1
HAVING ifnull(max(number), 0) < ?5;

-- name: find_day
SELECT data_key FROM day WHERE day = ?;
-- name: add_day
INSERT INTO day (day, first_seq, data_key) VALUES (?, ?, ?)
ON CONFLICT DO UPDATE SET data_key = excluded.data_key WHERE data_key IS NULL;
-- name: shred_day
UPDATE day SET data_key = NULL WHERE day = ?;

-- name: add_batch
INSERT INTO batch (batch_id, lane, events, members, body_digest, sent_at) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT DO NOTHING RETURNING batch;
-- name: begin_attempts
UPDATE OR ROLLBACK event SET
  state = 'SENDING', due_at = NULL, attempts = attempts + 1, frozen = 1, batch = ?, updated_at = ?
WHERE seq IN carray(?) AND lane = ? AND version = ? AND state = ?;
-- name: find_batch
SELECT batch, members, verdict, lane FROM batch WHERE batch_id = ?;
-- name: words_of_lane
SELECT pixel_id, test_event_code FROM lane WHERE lane = ?;
-- name: close_batch
UPDATE batch SET
  answered_at = ?, verdict = ?, http_status = ?, code = ?, message = ?, request_id = ?,
  latency = ?, raw = ?
WHERE batch = ?;
-- name: find_sent
SELECT attempts, unknown, withdrawn, event_id, source, EXISTS (
  SELECT 1 FROM evidence WHERE evidence.event_id = event.event_id AND evidence.kind = event.kind
)
FROM event WHERE seq = ? AND state = 'SENDING';
-- name: leave_state
UPDATE event SET
  state = ?1, reason = ?2, due_at = ?3, suspect = ?4, updated_at = ?5,
  last_code = iif(?6, ?7, last_code), attempts = attempts - ?8, unknown = unknown + (?9 IS NOT NULL),
  first_maybe = iif(?9 IS NULL, first_maybe, min(ifnull(first_maybe, ?9), ?9))
WHERE seq = ?10 AND state = ?11;
-- name: deliver
UPDATE OR ROLLBACK event SET
  state = 'DELIVERED', reason = NULL, suspect = NULL, updated_at = ?, last_code = ?
WHERE seq IN carray(?) AND state = 'SENDING';
-- name: add_attempt
INSERT INTO attempt (seq, batch, number, message, next_attempt_at) VALUES (?, ?, ?, ?, ?);
-- name: find_state
SELECT kind, state, event_id, source FROM event WHERE seq = ?;
-- name: words_of_kind
SELECT pixel_id, event, channel FROM kind WHERE kind = ?;

-- name: count_stock
INSERT INTO stock (kind, state, count) VALUES (?, ?, ?)
ON CONFLICT DO UPDATE SET count = count + excluded.count;
-- name: count_received
INSERT INTO received (kind, outcome, reason, count) VALUES (?, ?, ?, ?)
ON CONFLICT DO UPDATE SET count = count + excluded.count;
-- name: count_flow
INSERT INTO flow (day, kind, outcome, reason, count) VALUES (?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET count = count + excluded.count;
-- name: make_store
INSERT OR IGNORE INTO store (one, key_id, fingerprint_key, blind_index_key) VALUES (1, ?, ?, ?);
-- name: secrets
SELECT key_id, fingerprint_key, blind_index_key FROM store;
-- name: recorded
SELECT recorded FROM store;
-- name: set_recorded
UPDATE store SET recorded = ?;
