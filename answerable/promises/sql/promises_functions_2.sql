-- The request has these promises, counted from p_at: row, ledger entry and first timer of each; the fact is for the
-- caller to append.
-- p_promises: [{target, amount, unit, calendar, version, source, at_risk_share, pause_cap_seconds, due_at, at_risk_at,
-- started_at?, pauses?}]; the last two when the clock has been running before p_at.
-- The breach timer is set when the warning rings, so that logging a request sets one timer a promise, not two.
-- Gives [{promise, target, amount, unit, due_at}].
CREATE OR REPLACE FUNCTION promises_keep(
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
        INSERT INTO plumbing_timer (kind, subject, due_at, body)
        SELECT 'promise.at_risk', 'promise:' || id, at_risk_at, '{}' FROM made
    )
    SELECT jsonb_agg(jsonb_build_object('promise', id, 'target', target, 'amount', amount, 'unit', unit,
                                        'due_at', due_at) ORDER BY id)
      INTO v_made
      FROM made;
    RETURN coalesce(v_made, '[]');
END
$$;

-- The same, and one fact for all of them.
CREATE OR REPLACE FUNCTION promises_make(
    p_request bigint, p_promises jsonb, p_at timestamptz, p_by text, p_reason text DEFAULT NULL
) RETURNS jsonb LANGUAGE plpgsql SET timezone = 'UTC' AS $$
DECLARE
    v_made jsonb := promises_keep(p_request, p_promises, p_at, p_by, p_reason);
BEGIN
    IF v_made <> '[]' THEN
        PERFORM journal_append('promise.made', 'request:' || p_request, p_by, p_at,
                               jsonb_strip_nulls(jsonb_build_object('promises', v_made, 'reason', p_reason)));
    END IF;
    RETURN v_made;
END
$$;
