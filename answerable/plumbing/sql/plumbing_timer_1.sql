-- One timer for a kind and a subject: setting it again moves it. Gives its id.
CREATE OR REPLACE FUNCTION plumbing_timer_set(p_kind text, p_subject text, p_due timestamptz, p_body jsonb)
RETURNS bigint LANGUAGE sql AS $$
    INSERT INTO plumbing_timer (kind, subject, due_at, body)
    VALUES (p_kind, p_subject, p_due, coalesce(p_body, '{}'::jsonb))
    ON CONFLICT (kind, subject) DO UPDATE SET due_at = excluded.due_at, body = excluded.body, failures = 0, retry_at = NULL
    RETURNING id
$$;

-- The timer, if there is one, will not ring. Gives whether there was one.
CREATE OR REPLACE FUNCTION plumbing_timer_cancel(p_kind text, p_subject text)
RETURNS boolean LANGUAGE sql AS $$
    WITH gone AS (DELETE FROM plumbing_timer WHERE kind = p_kind AND subject = p_subject RETURNING 1)
    SELECT EXISTS (SELECT FROM gone)
$$;
