-- Logging one request: row, promises, hand-off, and the facts of all three with one visit to the journal's head.
-- p_request holds every column but id and number, and the work order's connector; p_fact the body of `request.logged`.
-- A work order that another system gets waits to be sent; the office's own pages have it at once.
-- A queue that is some team's work comes to that team by itself.  Columns younger than the release that calls get their
-- first value here, so that the release before goes on.
CREATE OR REPLACE FUNCTION requests_log(
    p_request jsonb, p_promises jsonb, p_fact jsonb, p_year integer, p_by text, p_at timestamptz,
    OUT request_id bigint, OUT request_number text
) LANGUAGE plpgsql AS $$
DECLARE
    v_handoff bigint;
    v_made    jsonb;
    v_state   text := coalesce(p_request->>'handoff', 'sent');
    v_kinds   text[];
    v_bodies  jsonb[];
BEGIN
    request_id := nextval('requests_request_id_seq');
    request_number := requests_next_number(p_year);
    INSERT INTO requests_request
    SELECT * FROM jsonb_populate_record(NULL::requests_request,
        jsonb_build_object('disputed', 0) || p_request || jsonb_build_object('id', request_id, 'number', request_number,
            'team_id', staff_team_of(p_request->>'department', p_request->>'queue')));
    INSERT INTO requests_handoff (request_id, sequence, department, queue, connector, state, key, made_at, sent_at, reason)
    VALUES (request_id, 1, p_request->>'department', p_request->>'queue',
            coalesce(p_request->>'connector', 'office'), v_state,
            request_number || '/1', p_at, CASE WHEN v_state = 'sent' THEN p_at END, '')
    RETURNING id INTO v_handoff;
    v_made := promises_keep(request_id, p_promises, p_at, p_by);
    v_kinds := ARRAY['request.logged'];
    v_bodies := ARRAY[p_fact || jsonb_build_object('number', request_number)];
    IF v_made <> '[]' THEN
        v_kinds := v_kinds || 'promise.made'::text;
        v_bodies := v_bodies || jsonb_build_object('promises', v_made);
    END IF;
    v_kinds := v_kinds || 'request.handed_off'::text;
    v_bodies := v_bodies || jsonb_build_object(
        'handoff_id', v_handoff, 'department', p_request->>'department', 'queue', p_request->>'queue', 'state', v_state);
    PERFORM journal_append_all('request:' || request_id, p_by, p_at, v_kinds, v_bodies);
END $$;
