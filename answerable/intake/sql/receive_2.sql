-- The second version: a key that was just replaced opens for a while, too.
-- One enquiry in one statement: access, idempotency, contact, request, promises, hand-off and facts.
-- A repeated key answers with what the first telling became; `same` says whether it told the same thing.
CREATE OR REPLACE FUNCTION intake_receive(
    p_key text, p_fingerprint text, p_client_digest text, p_enquiry jsonb, p_contact jsonb,
    p_request jsonb, p_promises jsonb, p_fact jsonb, p_photos jsonb, p_year integer, p_by text, p_at timestamptz,
    OUT enquiry_id bigint, OUT request_id bigint, OUT request_number text, OUT follow_token text,
    OUT due timestamptz, OUT replayed boolean, OUT same boolean, OUT refused boolean
) LANGUAGE plpgsql AS $$
DECLARE
    the_contact bigint;
    the_client bigint;
    kept_fingerprint text;
BEGIN
    refused := false;
    replayed := false;
    same := true;
    IF p_client_digest IS NOT NULL THEN
        SELECT id INTO the_client FROM staff_apiclient
         WHERE key_digest = p_client_digest AND is_active AND scopes ? 'requests:write';
        IF the_client IS NULL THEN
            SELECT id INTO the_client FROM staff_apiclient
             WHERE previous_digest = p_client_digest AND previous_until > p_at AND is_active
               AND scopes ? 'requests:write';
        END IF;
        IF the_client IS NULL THEN
            refused := true;
            RETURN;
        END IF;
    END IF;
    the_contact := coalesce((p_enquiry->>'contact_id')::bigint, NULL);
    INSERT INTO intake_enquiry (key, fingerprint, channel, language, outcome, request_id, referral, contact_id,
                                client_id, words, by, at)
    VALUES (p_key, p_fingerprint, p_enquiry->>'channel', p_enquiry->>'language', p_enquiry->>'outcome', NULL,
            coalesce(p_enquiry->>'referral', ''), the_contact, the_client, coalesce(p_enquiry->>'words', ''), p_by, p_at)
    ON CONFLICT (key) DO NOTHING
    RETURNING id INTO enquiry_id;
    IF enquiry_id IS NULL THEN
        replayed := true;
        SELECT e.id, e.fingerprint, r.id, r.number, r.token, r.completion_due
          INTO enquiry_id, kept_fingerprint, request_id, request_number, follow_token, due
          FROM intake_enquiry e LEFT JOIN requests_request r ON r.id = e.request_id
         WHERE e.key = p_key;
        same := kept_fingerprint = p_fingerprint;
        RETURN;
    END IF;
    IF the_contact IS NULL AND p_contact IS NOT NULL THEN
        the_contact := contacts_remember(p_contact, p_at);
    END IF;
    IF p_request IS NOT NULL THEN
        SELECT l.request_id, l.request_number INTO request_id, request_number
          FROM requests_log(p_request || jsonb_build_object('contact_id', the_contact), p_promises, p_fact,
                            p_year, p_by, p_at) l;
        follow_token := p_request->>'token';
        due := (p_request->>'completion_due')::timestamptz;
        UPDATE intake_enquiry e SET request_id = intake_receive.request_id, contact_id = the_contact WHERE e.id = enquiry_id;
        IF p_photos IS NOT NULL THEN
            PERFORM requests_keep_photos(request_id, p_photos, p_by, p_at);
        END IF;
    END IF;
    PERFORM journal_append('enquiry.received', 'enquiry:' || enquiry_id, p_by, p_at,
                           jsonb_strip_nulls(jsonb_build_object('channel', p_enquiry->>'channel',
                               'outcome', p_enquiry->>'outcome', 'request_id', request_id,
                               'referral', nullif(p_enquiry->>'referral', ''))));
END $$;
