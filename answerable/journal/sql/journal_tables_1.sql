-- The journal: append-only facts, one head for each subject, one cursor for each follower.

CREATE SEQUENCE journal_fact_id AS bigint;

CREATE TABLE journal_fact (
    id          bigint      NOT NULL DEFAULT nextval('journal_fact_id'),
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    at          timestamptz NOT NULL,
    oxid        xid8        NOT NULL,
    kind        text        NOT NULL CHECK (kind <> ''),
    subject     text        NOT NULL CHECK (subject <> ''),
    seq         integer     NOT NULL CHECK (seq > 0),
    by          text        NOT NULL CHECK (by <> ''),
    body        jsonb       NOT NULL,
    prev        bytea       NOT NULL,
    hash        bytea       NOT NULL
) PARTITION BY RANGE (recorded_at);

CREATE INDEX journal_fact_order ON journal_fact (oxid, id);
CREATE INDEX journal_fact_history ON journal_fact (subject, seq);

CREATE TABLE journal_fact_default PARTITION OF journal_fact DEFAULT;

CREATE TABLE journal_head (
    subject  text        PRIMARY KEY,
    seq      integer     NOT NULL,
    oxid     xid8        NOT NULL,
    hash     bytea       NOT NULL,
    first_at timestamptz NOT NULL
) WITH (fillfactor = 80);

CREATE TABLE journal_cursor (
    name        text        PRIMARY KEY,
    oxid        xid8        NOT NULL DEFAULT '0',
    id          bigint      NOT NULL DEFAULT 0,
    recorded_at timestamptz NOT NULL DEFAULT 'epoch',
    updated_at  timestamptz NOT NULL DEFAULT now(),
    failures    integer     NOT NULL DEFAULT 0,
    failing_id  bigint,
    retry_at    timestamptz
);
