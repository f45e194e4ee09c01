-- What is said of one fact, as bytes to be chained: the same text on every server and in every time zone.
-- oxid is left out, because a restored journal gets new ones.
CREATE OR REPLACE FUNCTION journal_digest(
    p_prev bytea, p_id bigint, p_subject text, p_seq integer, p_kind text, p_by text,
    p_at timestamptz, p_recorded_at timestamptz, p_body jsonb
) RETURNS bytea LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT sha256(p_prev || convert_to(jsonb_build_array(
        p_id, p_subject, p_seq, p_kind, p_by,
        to_char(p_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'),
        to_char(p_recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'),
        p_body
    )::text, 'UTF8'))
$$;

-- One fact more in the history of a subject; gives its id.
-- The head row is locked first, so a subject's facts are numbered one after the other; then
-- oxid = greatest(own transaction, the head's oxid) keeps (oxid, id) in the order of seq even when
-- a transaction that began earlier appends later. docs/decisions/0003-journal-order.md explains why.
CREATE OR REPLACE FUNCTION journal_append(
    p_kind text, p_subject text, p_by text, p_at timestamptz, p_body jsonb
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_head     journal_head%ROWTYPE;
    v_own      xid8 := pg_current_xact_id();
    v_known    boolean;
    v_id       bigint;
    v_recorded timestamptz;
BEGIN
    IF clock_timestamp() - now() > interval '12 hours' THEN
        RAISE EXCEPTION 'This transaction is open for more than 12 hours and may no longer append to the journal.'
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Write in smaller transactions.';
    END IF;
    LOOP
        SELECT * INTO v_head FROM journal_head WHERE subject = p_subject FOR NO KEY UPDATE;
        v_known := FOUND;
        v_id := nextval('journal_fact_id');
        v_recorded := clock_timestamp();
        IF NOT v_known THEN
            v_head := ROW(p_subject, 0, v_own, ''::bytea, v_recorded);
        END IF;
        v_head.seq := v_head.seq + 1;
        v_head.oxid := greatest(v_own, v_head.oxid);
        DECLARE
            v_prev bytea := v_head.hash;
        BEGIN
            v_head.hash := journal_digest(
                v_prev, v_id, p_subject, v_head.seq, p_kind, p_by, p_at, v_recorded, p_body);
            IF v_known THEN
                UPDATE journal_head SET seq = v_head.seq, oxid = v_head.oxid, hash = v_head.hash
                 WHERE subject = p_subject;
            ELSE
                INSERT INTO journal_head VALUES (v_head.*) ON CONFLICT (subject) DO NOTHING;
            END IF;
            IF FOUND THEN
                INSERT INTO journal_fact (id, recorded_at, at, oxid, kind, subject, seq, by, body, prev, hash)
                VALUES (v_id, v_recorded, p_at, v_head.oxid, p_kind, p_subject, v_head.seq, p_by, p_body, v_prev,
                        v_head.hash);
                RETURN v_id;
            END IF;
        END;
        -- Somebody else wrote the first fact meanwhile: look again, its head is visible now.
    END LOOP;
END
$$;

-- History is never edited. The one change allowed is the ordering number returning to nought, and only
-- inside journal_rebase_after_restore().
CREATE OR REPLACE FUNCTION journal_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND current_setting('answerable.journal_rebase', true) = 'on' THEN
        OLD.oxid := '0';
        IF OLD IS NOT DISTINCT FROM NEW THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'The journal is append-only: % of % is refused.', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege', HINT = 'Append a fact that corrects the earlier one.';
END
$$;

CREATE OR REPLACE TRIGGER journal_append_only BEFORE UPDATE OR DELETE ON journal_fact
    FOR EACH ROW EXECUTE FUNCTION journal_refuse();
CREATE OR REPLACE TRIGGER journal_no_truncate BEFORE TRUNCATE ON journal_fact
    FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse();
CREATE OR REPLACE TRIGGER journal_no_truncate BEFORE TRUNCATE ON journal_fact_default
    FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse();

-- There is a partition for the month of p_from and for each of the following p_ahead months; gives the
-- number created. A month whose facts already lie in the default partition stays there.
CREATE OR REPLACE FUNCTION journal_ensure_partitions(p_from timestamptz, p_ahead integer)
RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    v_month   timestamp;
    v_first   timestamptz;
    v_next    timestamptz;
    v_name    text;
    v_created integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('journal_ensure_partitions'));
    FOR v_month IN
        SELECT generate_series(date_trunc('month', p_from AT TIME ZONE 'UTC'),
                               date_trunc('month', p_from AT TIME ZONE 'UTC') + make_interval(months => p_ahead),
                               interval '1 month')
    LOOP
        v_name := 'journal_fact_' || to_char(v_month, 'YYYY_MM');
        v_first := v_month AT TIME ZONE 'UTC';
        v_next := (v_month + interval '1 month') AT TIME ZONE 'UTC';
        CONTINUE WHEN to_regclass(v_name) IS NOT NULL;
        CONTINUE WHEN EXISTS (
            SELECT FROM journal_fact_default WHERE recorded_at >= v_first AND recorded_at < v_next);
        EXECUTE format('CREATE TABLE %I (LIKE journal_fact INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', v_name);
        EXECUTE format('ALTER TABLE journal_fact ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                       v_name, v_first, v_next);
        EXECUTE format('CREATE TRIGGER journal_no_truncate BEFORE TRUNCATE ON %I '
                       'FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse()', v_name);
        v_created := v_created + 1;
    END LOOP;
    RETURN v_created;
END
$$;

-- After pg_restore into a new cluster: transaction ids have started again, so the stored ones mean nothing.
-- Facts keep their order by id; each cursor goes back to the first fact it had not consumed, so that nothing
-- is skipped (some facts are followed twice). Gives the number of facts changed. Run it before anything writes.
CREATE OR REPLACE FUNCTION journal_rebase_after_restore() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_changed bigint;
BEGIN
    LOCK TABLE journal_head, journal_cursor, journal_fact IN EXCLUSIVE MODE;
    UPDATE journal_cursor c
       SET oxid = '0',
           id = coalesce((SELECT min(f.id) - 1 FROM journal_fact f WHERE (f.oxid, f.id) > (c.oxid, c.id)),
                         (SELECT max(f.id) FROM journal_fact f), 0),
           recorded_at = 'epoch',
           updated_at = now();
    PERFORM set_config('answerable.journal_rebase', 'on', true);
    UPDATE journal_fact SET oxid = '0' WHERE oxid <> '0';
    GET DIAGNOSTICS v_changed = ROW_COUNT;
    PERFORM set_config('answerable.journal_rebase', 'off', true);
    UPDATE journal_head SET oxid = '0' WHERE oxid <> '0';
    RETURN v_changed;
END
$$;
