-- What TikTok is told that an event is worth, so that it can be compared with the order system's books
-- when the payload is long gone.

-- worth: whole minor units of the currency, both NULL where no value is told.
ALTER TABLE detail ADD COLUMN worth INTEGER;
ALTER TABLE detail ADD COLUMN currency TEXT;
