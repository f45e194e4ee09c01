-- Facts by when they were recorded: for feeds of changes.  Rows are appended in about that order, so that one entry for
-- a stretch of pages is enough; appending costs nothing.
CREATE INDEX journal_fact_when ON journal_fact USING brin (recorded_at) WITH (pages_per_range = 16, autosummarize = on);
