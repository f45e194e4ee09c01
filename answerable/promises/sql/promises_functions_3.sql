-- The promises of p_ids that became at risk by p_now are recorded so, each with its ledger entry, its fact and its breach
-- timer; nothing happens to one that was kept, paused, moved or voided meanwhile. Gives them: promise, request, target,
-- due instant. One statement each for rows, timers and facts, however many they are.
CREATE OR REPLACE FUNCTION promises_tell_risk(p_ids bigint[], p_now timestamptz, p_by text)
RETURNS TABLE (promise bigint, request bigint, target text, due_at timestamptz)
LANGUAGE plpgsql SET timezone = 'UTC' AS $$
#variable_conflict use_column
DECLARE
    v_ids      bigint[];
    v_requests bigint[];
    v_targets  text[];
    v_dues     timestamptz[];
    v_ats      timestamptz[];
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
    ), timed AS (
        INSERT INTO plumbing_timer (kind, subject, due_at, body)
        SELECT 'promise.breach', 'promise:' || id, due_at, '{}' FROM told
        ON CONFLICT (kind, subject) DO UPDATE
           SET due_at = excluded.due_at, body = excluded.body, failures = 0, retry_at = NULL
    )
    SELECT array_agg(id ORDER BY request_id, id), array_agg(request_id ORDER BY request_id, id),
           array_agg(told.target ORDER BY request_id, id), array_agg(told.due_at ORDER BY request_id, id),
           array_agg(at_risk_at ORDER BY request_id, id)
      INTO v_ids, v_requests, v_targets, v_dues, v_ats
      FROM told;
    RETURN QUERY SELECT * FROM promises_say('promise.at_risk', p_by, v_ids, v_requests, v_targets, v_dues, v_ats);
END
$$;

-- The same for promises whose due instant passed by p_now: they are broken.
CREATE OR REPLACE FUNCTION promises_tell_breach(p_ids bigint[], p_now timestamptz, p_by text)
RETURNS TABLE (promise bigint, request bigint, target text, due_at timestamptz)
LANGUAGE plpgsql SET timezone = 'UTC' AS $$
#variable_conflict use_column
DECLARE
    v_ids      bigint[];
    v_requests bigint[];
    v_targets  text[];
    v_dues     timestamptz[];
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
    )
    SELECT array_agg(id ORDER BY request_id, id), array_agg(request_id ORDER BY request_id, id),
           array_agg(told.target ORDER BY request_id, id), array_agg(told.due_at ORDER BY request_id, id)
      INTO v_ids, v_requests, v_targets, v_dues
      FROM told;
    RETURN QUERY SELECT * FROM promises_say('promise.breached', p_by, v_ids, v_requests, v_targets, v_dues, v_dues);
END
$$;

-- One fact for each promise, in the history of its request; gives the promises again, one a row.
CREATE OR REPLACE FUNCTION promises_say(
    p_kind text, p_by text, p_ids bigint[], p_requests bigint[], p_targets text[], p_dues timestamptz[],
    p_ats timestamptz[]
) RETURNS TABLE (promise bigint, request bigint, target text, due_at timestamptz)
LANGUAGE plpgsql SET timezone = 'UTC' AS $$
BEGIN
    IF p_ids IS NULL THEN
        RETURN;
    END IF;
    PERFORM journal_append_many(p_by, array_agg(p_kind), array_agg('request:' || t.of ORDER BY t.ord),
                                array_agg(t.at ORDER BY t.ord),
                                array_agg(jsonb_build_object('promise', t.id, 'target', t.what, 'due_at', t.due)
                                          ORDER BY t.ord))
       FROM unnest(p_ids, p_requests, p_targets, p_dues, p_ats) WITH ORDINALITY AS t (id, of, what, due, at, ord);
    RETURN QUERY SELECT t.* FROM unnest(p_ids, p_requests, p_targets, p_dues) AS t;
END
$$;
