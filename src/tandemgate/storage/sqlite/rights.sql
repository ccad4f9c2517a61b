-- Statements about what a person may ask for, on any connection.

-- name: traced
SELECT seq FROM detail WHERE seq > ?9 AND (
  instr(traces, ?1) OR instr(traces, ?2) OR instr(traces, ?3) OR instr(traces, ?4)
  OR instr(traces, ?5) OR instr(traces, ?6) OR instr(traces, ?7) OR instr(traces, ?8)
) ORDER BY seq;
-- name: last
SELECT recorded FROM store;

-- name: withdrawal
SELECT ad_user_data, ad_personalization, erased FROM withdrawal
WHERE trace = ? AND pixel_id IN (?, '');
-- name: withdrawn_traces
SELECT trace FROM withdrawal;
-- name: remember
INSERT INTO withdrawal (trace, pixel_id, ad_user_data, ad_personalization, erased)
VALUES (?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET
  ad_user_data = max(ifnull(ad_user_data, excluded.ad_user_data), ifnull(excluded.ad_user_data, ad_user_data)),
  ad_personalization = max(
    ifnull(ad_personalization, excluded.ad_personalization),
    ifnull(excluded.ad_personalization, ad_personalization)
  ),
  erased = max(ifnull(erased, excluded.erased), ifnull(excluded.erased, erased));
-- name: forget_withdrawals
DELETE FROM withdrawal WHERE trace = ?
RETURNING ad_user_data, ad_personalization, erased;

-- name: end_erasures
UPDATE withdrawal SET erased = NULL WHERE erased < ?;
-- name: drop_withdrawals
DELETE FROM withdrawal
WHERE erased IS NULL
  AND max(ifnull(ad_user_data, 0), ifnull(ad_personalization, 0)) < ?;

-- name: blank_payload
UPDATE payload SET sealed = zeroblob(length(sealed)) WHERE seq = ?;
-- name: blank_detail
UPDATE detail SET fingerprint = zeroblob(length(fingerprint)), traces = zeroblob(length(traces))
WHERE seq = ?;

-- name: nobody
SELECT fingerprint, unknown FROM detail JOIN event USING (seq) WHERE seq = ?;
-- name: leave_nobody
UPDATE detail SET fingerprint = ?, traces = iif(?, traces, NULL) WHERE seq = ?;
