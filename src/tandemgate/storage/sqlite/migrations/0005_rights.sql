-- What a person may ask for: to have consent withdrawn, to be erased.

-- traces: 8-byte keyed digests, one after the other, of what the event can be found by; NULL where it
-- keeps nothing to send. They are looked for by reading all of them: a million take a quarter of a
-- second, whereas an index would cost each event more than the rest of its row.
ALTER TABLE detail ADD COLUMN traces BLOB;

-- Until when an earlier consent of whoever left a trace counts for nothing, by what was denied.
-- pixel_id: '' for every pixel. erased goes when no event from before can come any more.
CREATE TABLE withdrawal (
  trace BLOB NOT NULL,
  pixel_id TEXT NOT NULL,
  ad_user_data REAL,
  ad_personalization REAL,
  erased REAL,
  PRIMARY KEY (trace, pixel_id)
) STRICT, WITHOUT ROWID;
