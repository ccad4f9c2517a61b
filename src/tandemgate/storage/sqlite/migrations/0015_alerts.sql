-- The last alert of each group: what began and ended when, and what was told of it; content: JSON.
CREATE TABLE alert (
  family TEXT NOT NULL,
  pixel_id TEXT NOT NULL,
  subject TEXT NOT NULL,
  content TEXT NOT NULL,
  PRIMARY KEY (family, pixel_id, subject)
) STRICT, WITHOUT ROWID;
