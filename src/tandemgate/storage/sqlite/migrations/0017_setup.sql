-- What people said is there before a pixel's events are worth sending; the last word counts.
CREATE TABLE confirmed (
  pixel_id TEXT NOT NULL,
  prerequisite TEXT NOT NULL,
  at REAL NOT NULL,
  who TEXT NOT NULL,
  PRIMARY KEY (pixel_id, prerequisite)
) STRICT, WITHOUT ROWID;
