-- Keys that were made while the gateway ran, by the SHA-256 of their texts, which are kept nowhere.

-- pixels, scopes, origins: JSON arrays. public: a browser's key in full, which pages print; else ''.
-- until: when it ends or ended, NULL while nobody has said so.
CREATE TABLE access_key (
  digest BLOB PRIMARY KEY,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  pixels TEXT NOT NULL,
  scopes TEXT NOT NULL,
  origins TEXT NOT NULL,
  rate REAL NOT NULL,
  tail TEXT NOT NULL,
  public TEXT NOT NULL,
  since REAL NOT NULL,
  until REAL
) STRICT, WITHOUT ROWID;
