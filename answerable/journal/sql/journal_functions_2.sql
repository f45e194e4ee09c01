-- Several facts more in the history of one subject, in that order, with one visit to its head; gives the last id.
-- The same numbers, order and chain as journal_append called once for each.
CREATE OR REPLACE FUNCTION journal_append_all(
    p_subject text, p_by text, p_at timestamptz, p_kinds text[], p_bodies jsonb[]
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_head     journal_head%ROWTYPE;
    v_own      xid8 := pg_current_xact_id();
    v_id       bigint;
    v_recorded timestamptz;
    v_prev     bytea;
BEGIN
    IF clock_timestamp() - now() > interval '12 hours' THEN
        RAISE EXCEPTION 'This transaction is open for more than 12 hours and may no longer append to the journal.'
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Write in smaller transactions.';
    END IF;
    INSERT INTO journal_head VALUES (p_subject, 0, v_own, ''::bytea, clock_timestamp())
    ON CONFLICT (subject) DO UPDATE SET seq = journal_head.seq
    RETURNING * INTO v_head;
    v_head.oxid := greatest(v_own, v_head.oxid);
    FOR i IN 1 .. cardinality(p_kinds) LOOP
        v_id := nextval('journal_fact_id');
        v_recorded := clock_timestamp();
        v_prev := v_head.hash;
        v_head.seq := v_head.seq + 1;
        v_head.hash := journal_digest(
            v_prev, v_id, p_subject, v_head.seq, p_kinds[i], p_by, p_at, v_recorded, p_bodies[i]);
        INSERT INTO journal_fact (id, recorded_at, at, oxid, kind, subject, seq, by, body, prev, hash)
        VALUES (v_id, v_recorded, p_at, v_head.oxid, p_kinds[i], p_subject, v_head.seq, p_by, p_bodies[i], v_prev,
                v_head.hash);
    END LOOP;
    UPDATE journal_head SET seq = v_head.seq, oxid = v_head.oxid, hash = v_head.hash WHERE subject = p_subject;
    RETURN v_id;
END
$$;
