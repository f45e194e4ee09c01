-- Numbers, and the logging of one request: row, hand-off, promises, facts, all in the caller's transaction.

CREATE SEQUENCE IF NOT EXISTS requests_serial MINVALUE 1 MAXVALUE 9999999 CYCLE;

-- Damm's check digit; the table is that of kernel/ids.py and a test compares the two.
CREATE OR REPLACE FUNCTION requests_check_digit(p_digits text) RETURNS integer
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
    rows constant text[] := ARRAY['0317598642','7092154863','4206871359','1750983426','6123045978',
                                  '3674209581','5869720134','8945362017','9438617205','2581436790'];
    interim integer := 0;
BEGIN
    FOR position IN 1..length(p_digits) LOOP
        interim := substr(rows[interim + 1], substr(p_digits, position, 1)::integer + 1, 1)::integer;
    END LOOP;
    RETURN interim;
END $$;

CREATE OR REPLACE FUNCTION requests_next_number(p_year integer) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    body text := lpad((p_year % 100)::text, 2, '0') || lpad(nextval('requests_serial')::text, 7, '0');
BEGIN
    RETURN substr(body, 1, 2) || '-' || substr(body, 3) || '-' || requests_check_digit(body);
END $$;

-- p_request holds every column but id and number; p_fact the body of `request.logged`.
CREATE OR REPLACE FUNCTION requests_log(
    p_request jsonb, p_promises jsonb, p_fact jsonb, p_year integer, p_by text, p_at timestamptz,
    OUT request_id bigint, OUT request_number text
) LANGUAGE plpgsql AS $$
DECLARE
    new_handoff bigint;
BEGIN
    request_id := nextval(pg_get_serial_sequence('requests_request', 'id'));
    request_number := requests_next_number(p_year);
    INSERT INTO requests_request
    SELECT * FROM jsonb_populate_record(NULL::requests_request,
        p_request || jsonb_build_object('id', request_id, 'number', request_number));
    PERFORM journal_append('request.logged', 'request:' || request_id, p_by, p_at,
                           p_fact || jsonb_build_object('number', request_number));
    PERFORM promises_make(request_id, p_promises, p_at, p_by);
    INSERT INTO requests_handoff (request_id, sequence, department, queue, connector, state, key, made_at, sent_at, reason)
    VALUES (request_id, 1, p_request->>'department', p_request->>'queue', 'office', 'sent',
            request_number || '/1', p_at, p_at, '')
    RETURNING id INTO new_handoff;
    PERFORM journal_append('request.handed_off', 'request:' || request_id, p_by, p_at,
                           jsonb_build_object('handoff_id', new_handoff, 'department', p_request->>'department',
                                              'queue', p_request->>'queue', 'state', 'sent'));
END $$;

-- Pictures given before there was a number; staff release them for everyone later.
CREATE OR REPLACE FUNCTION requests_keep_photos(p_request bigint, p_photos jsonb, p_by text, p_at timestamptz)
RETURNS void LANGUAGE sql AS $$
    INSERT INTO requests_photo (request_id, key, file, width, height, size_bytes, is_public, by, at)
    SELECT p_request, x.key, x.file, x.width, x.height, x.size_bytes, false, p_by, p_at
      FROM jsonb_to_recordset(p_photos) AS x(key text, file text, width int, height int, size_bytes int);
$$;
