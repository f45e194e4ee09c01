-- Many facts at once, each on the subject at the same place, all told by p_by: the same rows, order and chain as
-- journal_append called once for each, in statements that handle all of them. Two of one subject are chained in the
-- order given. Gives how many. Heads are locked in one order, so that two such writers never wait for each other.
CREATE OR REPLACE FUNCTION journal_append_many(
    p_by text, p_kinds text[], p_subjects text[], p_ats timestamptz[], p_bodies jsonb[]
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_own    xid8 := pg_current_xact_id();
    v_known  bigint;
    v_wanted bigint;
    v_most   bigint;
BEGIN
    IF clock_timestamp() - now() > interval '12 hours' THEN
        RAISE EXCEPTION 'This transaction is open for more than 12 hours and may no longer append to the journal.'
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Write in smaller transactions.';
    END IF;
    SELECT count(*), coalesce(max(times), 0) INTO v_wanted, v_most
      FROM (SELECT count(*) AS times FROM unnest(p_subjects) AS s (subject) GROUP BY subject) AS each;
    PERFORM FROM journal_head WHERE subject = ANY (p_subjects) ORDER BY subject FOR NO KEY UPDATE;
    GET DIAGNOSTICS v_known = ROW_COUNT;
    IF v_known < v_wanted THEN
        INSERT INTO journal_head
        SELECT DISTINCT subject, 0, v_own, ''::bytea, clock_timestamp() FROM unnest(p_subjects) AS s (subject)
         ORDER BY subject
        ON CONFLICT (subject) DO NOTHING;
        PERFORM FROM journal_head WHERE subject = ANY (p_subjects) ORDER BY subject FOR NO KEY UPDATE;
    END IF;
    FOR v_turn IN 1 .. v_most LOOP
        WITH given AS (
            SELECT g.*, CASE WHEN v_most = 1 THEN 1 ELSE row_number() OVER (PARTITION BY subject ORDER BY ord) END AS turn
              FROM unnest(p_kinds, p_subjects, p_ats, p_bodies) WITH ORDINALITY AS g (kind, subject, at, body, ord)
        ), ready AS MATERIALIZED (
            SELECT nextval('journal_fact_id') AS id, clock_timestamp() AS recorded_at, g.kind, g.subject, g.at, g.body,
                   greatest(v_own, h.oxid) AS oxid, h.seq + 1 AS seq, h.hash AS prev
              FROM given g JOIN journal_head h ON h.subject = g.subject
             WHERE g.turn = v_turn
        ), told AS MATERIALIZED (
            SELECT r.*, journal_digest(prev, id, subject, seq, kind, p_by, at, recorded_at, body) AS hash FROM ready r
        ), kept AS (
            INSERT INTO journal_fact (id, recorded_at, at, oxid, kind, subject, seq, by, body, prev, hash)
            SELECT id, recorded_at, at, oxid, kind, subject, seq, p_by, body, prev, hash FROM told
        )
        UPDATE journal_head h SET seq = t.seq, oxid = t.oxid, hash = t.hash FROM told t WHERE h.subject = t.subject;
    END LOOP;
    RETURN cardinality(p_subjects);
END
$$;
