-- Statements about a shop's orders, many at a time.

-- name: by_digest
SELECT order_digest, seq FROM event WHERE order_digest IN carray(?);
-- name: by_event_id
SELECT event_id, kind, seq FROM event WHERE event_id IN carray(?);
-- name: sale
SELECT
  seq, kind.event, event_id, state, reason, event.last_code, unknown, event_time, received_at,
  detail.worth, detail.currency, batch.request_id
FROM event
JOIN kind USING (kind)
JOIN detail USING (seq)
LEFT JOIN batch ON batch.batch = event.batch
WHERE event.seq IN carray(?);
-- name: refused
SELECT order_digest, at, code, reason FROM refusal WHERE order_digest IN carray(?);
-- name: refuse
INSERT INTO refusal (order_digest, at, code, reason) VALUES (?, ?, ?, ?)
ON CONFLICT DO UPDATE SET at = excluded.at, code = excluded.code, reason = excluded.reason;
-- name: drop_refusals
DELETE FROM refusal WHERE at < ?;
-- name: live_kinds
SELECT pixel_id, event, kind FROM kind WHERE channel = 'live';
