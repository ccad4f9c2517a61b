-- Of which alerts nobody wants to hear; pixel_id: '' is every pixel, until: NULL is for good.
CREATE TABLE alert_mute (
  family TEXT NOT NULL,
  pixel_id TEXT NOT NULL,
  since REAL NOT NULL,
  until REAL,
  by TEXT NOT NULL,
  note TEXT NOT NULL,
  PRIMARY KEY (family, pixel_id)
) STRICT, WITHOUT ROWID;
