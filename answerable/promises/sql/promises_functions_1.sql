-- The ledger is append-only.
CREATE OR REPLACE FUNCTION promises_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The promise ledger is append-only: % is refused.', TG_OP
        USING ERRCODE = 'insufficient_privilege', HINT = 'Add an entry that corrects the earlier one.';
END
$$;

CREATE OR REPLACE TRIGGER promises_append_only BEFORE UPDATE OR DELETE ON promises_ledger
    FOR EACH ROW EXECUTE FUNCTION promises_refuse();

-- The request has these promises, counted from p_at: row, ledger entry and first timer of each, and one fact for all.
-- p_promises: [{target, amount, unit, calendar, version, source, at_risk_share, pause_cap_seconds, due_at, at_risk_at,
-- started_at?, pauses?}]; the last two when the clock has been running before p_at.
-- The breach timer is set when the warning rings, so that logging a request sets one timer a promise, not two.
-- Gives [{promise, target, amount, unit, due_at}].
CREATE OR REPLACE FUNCTION promises_make(
    p_request bigint, p_promises jsonb, p_at timestamptz, p_by text, p_reason text DEFAULT NULL
) RETURNS jsonb LANGUAGE plpgsql SET timezone = 'UTC' AS $$
DECLARE
    v_made jsonb;
BEGIN
    WITH given AS (
        SELECT g.*, coalesce((SELECT max(p.round) FROM promises_promise p
                               WHERE p.request_id = p_request AND p.target = g.target), 0) + 1 AS round
          FROM jsonb_to_recordset(p_promises) AS g (
               target text, amount integer, unit text, calendar text, version bigint, source text,
               at_risk_share double precision, pause_cap_seconds bigint, due_at timestamptz, at_risk_at timestamptz,
               started_at timestamptz, pauses jsonb)
    ), made AS (
        INSERT INTO promises_promise (
            request_id, target, round, amount, unit, calendar, catalogue_version, source, at_risk_share,
            pause_cap_seconds, started_at, due_at, at_risk_at, first_due_at, state, pauses, version)
        SELECT p_request, target, round, amount, unit, calendar, coalesce(version, 0), coalesce(source, ''),
               coalesce(at_risk_share, 0.8), pause_cap_seconds, coalesce(started_at, p_at), due_at, at_risk_at,
               due_at, 'running', coalesce(pauses, '[]'), 1
          FROM given
        RETURNING id, target, amount, unit, due_at, at_risk_at
    ), kept AS (
        INSERT INTO promises_ledger (promise_id, seq, entry, at, by, body)
        SELECT id, 1, 'made', p_at, p_by, jsonb_strip_nulls(jsonb_build_object(
                   'amount', amount, 'unit', unit, 'due_at', due_at, 'at_risk_at', at_risk_at, 'reason', p_reason))
          FROM made
    ), timed AS (
        SELECT made.*, plumbing_timer_set('promise.at_risk', 'promise:' || id, at_risk_at, '{}') AS timer FROM made
    )
    SELECT jsonb_agg(jsonb_build_object('promise', id, 'target', target, 'amount', amount, 'unit', unit,
                                        'due_at', due_at) ORDER BY id)
      INTO v_made
      FROM timed WHERE timer IS NOT NULL;
    IF v_made IS NULL THEN
        RETURN '[]';
    END IF;
    PERFORM journal_append('promise.made', 'request:' || p_request, p_by, p_at,
                           jsonb_strip_nulls(jsonb_build_object('promises', v_made, 'reason', p_reason)));
    RETURN v_made;
END
$$;

-- The timers of a promise are those its state needs, and no others.
CREATE OR REPLACE FUNCTION promises_set_timers(
    p_id bigint, p_state text, p_at_risk_at timestamptz, p_due_at timestamptz, p_pause_ends timestamptz
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_subject text := 'promise:' || p_id;
    v_kind    text := CASE WHEN p_state = 'running' THEN 'promise.at_risk'
                           WHEN p_state = 'at_risk' THEN 'promise.breach'
                           WHEN p_state = 'paused' AND p_pause_ends IS NOT NULL THEN 'promise.pause_over' END;
    v_other   text;
BEGIN
    FOREACH v_other IN ARRAY ARRAY['promise.at_risk', 'promise.breach', 'promise.pause_over'] LOOP
        IF v_other IS DISTINCT FROM v_kind THEN
            PERFORM plumbing_timer_cancel(v_other, v_subject);
        END IF;
    END LOOP;
    IF v_kind IS NOT NULL THEN
        PERFORM plumbing_timer_set(v_kind, v_subject, CASE v_kind WHEN 'promise.at_risk' THEN p_at_risk_at
                                   WHEN 'promise.breach' THEN p_due_at ELSE p_pause_ends END, '{}');
    END IF;
END
$$;

-- Promises as their clocks stand after an act: rows, ledger entries, timers and facts.
-- p_changes: [{row: {every column}, pause_ends, entries: [{entry, at, body}], facts: [{kind, at, body}]}], whose rows
-- the caller has locked. row.version counts the entries.
CREATE OR REPLACE FUNCTION promises_write(p_changes jsonb, p_by text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_change jsonb;
    v_row    promises_promise%ROWTYPE;
    v_count  integer;
BEGIN
    FOR v_change IN SELECT c FROM jsonb_array_elements(p_changes) c ORDER BY (c->'row'->>'id')::bigint LOOP
        v_row := jsonb_populate_record(NULL::promises_promise, v_change->'row');
        v_count := jsonb_array_length(v_change->'entries');
        UPDATE promises_promise SET
            amount = v_row.amount, unit = v_row.unit, calendar = v_row.calendar,
            catalogue_version = v_row.catalogue_version, source = v_row.source, at_risk_share = v_row.at_risk_share,
            pause_cap_seconds = v_row.pause_cap_seconds, due_at = v_row.due_at, at_risk_at = v_row.at_risk_at,
            state = v_row.state, pauses = v_row.pauses, warned_at = v_row.warned_at, met_at = v_row.met_at,
            breached_at = v_row.breached_at, voided_at = v_row.voided_at, repromised_at = v_row.repromised_at,
            repromised_due = v_row.repromised_due, version = v_row.version + v_count
         WHERE id = v_row.id AND version = v_row.version;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'Promise % has changed since it was read.', v_row.id USING ERRCODE = 'serialization_failure';
        END IF;
        INSERT INTO promises_ledger (promise_id, seq, entry, at, by, body)
        SELECT v_row.id, v_row.version + e.n, e.each->>'entry', (e.each->>'at')::timestamptz, p_by, e.each->'body'
          FROM jsonb_array_elements(v_change->'entries') WITH ORDINALITY AS e (each, n);
        PERFORM promises_set_timers(v_row.id, v_row.state, v_row.at_risk_at, v_row.due_at,
                                    (v_change->>'pause_ends')::timestamptz);
        PERFORM journal_append(f.each->>'kind', 'request:' || v_row.request_id, p_by, (f.each->>'at')::timestamptz,
                               f.each->'body')
           FROM (SELECT g.each FROM jsonb_array_elements(v_change->'facts') WITH ORDINALITY AS g (each, n)
                  ORDER BY g.n OFFSET 0) AS f;
    END LOOP;
END
$$;

-- Those of the promises that became at risk by p_now are recorded so, each with its fact and its breach timer;
-- nothing happens to one that was kept, paused, moved or voided meanwhile. Gives how many.
CREATE OR REPLACE FUNCTION promises_warn(p_ids bigint[], p_now timestamptz, p_by text)
RETURNS integer LANGUAGE plpgsql SET timezone = 'UTC' AS $$
DECLARE
    v_told integer;
BEGIN
    WITH locked AS (
        SELECT id FROM promises_promise
         WHERE id = ANY (p_ids) AND state = 'running' AND at_risk_at <= p_now ORDER BY id FOR NO KEY UPDATE
    ), told AS (
        UPDATE promises_promise p SET state = 'at_risk', warned_at = p.at_risk_at, version = p.version + 1
          FROM locked WHERE p.id = locked.id
        RETURNING p.id, p.request_id, p.target, p.at_risk_at, p.due_at, p.version
    ), kept AS (
        INSERT INTO promises_ledger (promise_id, seq, entry, at, by, body)
        SELECT id, version, 'at_risk', at_risk_at, p_by, jsonb_build_object('due_at', due_at) FROM told
    ), said AS (
        SELECT journal_append('promise.at_risk', 'request:' || request_id, p_by, at_risk_at,
                              jsonb_build_object('promise', id, 'target', target, 'due_at', due_at)) AS fact,
               plumbing_timer_set('promise.breach', 'promise:' || id, due_at, '{}') AS timer
          FROM (SELECT * FROM told ORDER BY request_id, id) AS in_order
    )
    SELECT count(*) FILTER (WHERE fact > 0 AND timer > 0) INTO v_told FROM said;
    RETURN v_told;
END
$$;

-- The same for promises whose due instant passed by p_now: they are broken.
CREATE OR REPLACE FUNCTION promises_breach(p_ids bigint[], p_now timestamptz, p_by text)
RETURNS integer LANGUAGE plpgsql SET timezone = 'UTC' AS $$
DECLARE
    v_told integer;
BEGIN
    WITH locked AS (
        SELECT id FROM promises_promise
         WHERE id = ANY (p_ids) AND state IN ('running', 'at_risk') AND due_at <= p_now ORDER BY id FOR NO KEY UPDATE
    ), told AS (
        UPDATE promises_promise p
           SET state = 'breached', breached_at = coalesce(p.breached_at, p.due_at), version = p.version + 1
          FROM locked WHERE p.id = locked.id
        RETURNING p.id, p.request_id, p.target, p.due_at, p.version
    ), kept AS (
        INSERT INTO promises_ledger (promise_id, seq, entry, at, by, body)
        SELECT id, version, 'breached', due_at, p_by, jsonb_build_object('due_at', due_at) FROM told
    ), said AS (
        SELECT journal_append('promise.breached', 'request:' || request_id, p_by, due_at,
                              jsonb_build_object('promise', id, 'target', target, 'due_at', due_at)) AS fact
          FROM (SELECT * FROM told ORDER BY request_id, id) AS in_order
    )
    SELECT count(*) FILTER (WHERE fact > 0) INTO v_told FROM said;
    RETURN v_told;
END
$$;
