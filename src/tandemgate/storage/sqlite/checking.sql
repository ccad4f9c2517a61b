-- Statements that look a store over; they may walk through all of it.

-- name: secret
SELECT key_id, fingerprint_key FROM store;
-- name: stock_against_events
WITH there AS (SELECT kind, state, count(*) AS number FROM event NOT INDEXED GROUP BY kind, state)
SELECT ifnull(stock.kind, there.kind), ifnull(stock.state, there.state),
  ifnull(count, 0), ifnull(number, 0)
FROM stock FULL JOIN there ON there.kind = stock.kind AND there.state = stock.state
WHERE ifnull(count, 0) <> ifnull(number, 0);
-- name: recorded_against_events
SELECT recorded, forgotten, (SELECT count(*) FROM event) FROM store;
-- name: events_without_detail
SELECT count(*) FROM event WHERE NOT EXISTS (SELECT 1 FROM detail WHERE detail.seq = event.seq);
-- name: open_members
SELECT members FROM batch WHERE verdict IS NULL;
-- name: sending
SELECT seq FROM event NOT INDEXED WHERE state = 'SENDING';
-- name: waiting_without_payload
SELECT count(*) FROM event
WHERE (state = 'QUEUED' OR state = 'RETRY' OR state = 'HELD')
  AND NOT EXISTS (SELECT 1 FROM payload WHERE payload.seq = event.seq);
-- name: days
SELECT day, data_key FROM day;
-- name: payloads
SELECT pixel_id, event, event_id, channel, day, sealed
FROM payload JOIN event USING (seq) JOIN kind USING (kind) ORDER BY seq DESC LIMIT ?;
