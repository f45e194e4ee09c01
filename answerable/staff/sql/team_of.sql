-- The team at work whose work this queue is; none when it is nobody's in particular.
CREATE OR REPLACE FUNCTION staff_team_of(p_department text, p_queue text) RETURNS bigint
LANGUAGE sql STABLE AS $$
    SELECT id FROM staff_team
     WHERE department = p_department AND is_active AND queues ? p_queue
     ORDER BY id LIMIT 1
$$;
