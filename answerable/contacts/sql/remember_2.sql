-- The contact with that e-mail address or telephone number, else a new one.  An existing person's details are
-- never overwritten by what an unverified form says; only gaps are filled, and who had asked for no news so far gets
-- some when a report asks for it (somebody's own "no" stands in the consents and stays).
CREATE OR REPLACE FUNCTION contacts_remember(p_contact jsonb, p_at timestamptz) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    found bigint;
BEGIN
    IF p_contact IS NULL THEN
        RETURN NULL;
    END IF;
    IF p_contact->>'email_key' <> '' THEN
        SELECT id INTO found FROM contacts_contact WHERE email_key = p_contact->>'email_key' AND email_key <> ''
         ORDER BY id LIMIT 1;
    END IF;
    IF found IS NULL AND p_contact->>'phone_key' <> '' THEN
        SELECT id INTO found FROM contacts_contact WHERE phone_key = p_contact->>'phone_key' AND phone_key <> ''
           AND (email_key = '' OR p_contact->>'email_key' = '')
         ORDER BY id LIMIT 1;
    END IF;
    IF found IS NOT NULL THEN
        UPDATE contacts_contact
           SET name = CASE WHEN name = '' THEN p_contact->>'name' ELSE name END,
               phone = CASE WHEN phone = '' THEN p_contact->>'phone' ELSE phone END,
               phone_key = CASE WHEN phone_key = '' THEN p_contact->>'phone_key' ELSE phone_key END,
               email = CASE WHEN email = '' THEN p_contact->>'email' ELSE email END,
               email_key = CASE WHEN email_key = '' THEN p_contact->>'email_key' ELSE email_key END,
               news_by = CASE WHEN news_by = 'none' THEN p_contact->>'news_by' ELSE news_by END,
               updated_at = p_at
         WHERE id = found
           AND ((news_by = 'none' AND p_contact->>'news_by' <> 'none')
             OR (name = '' AND p_contact->>'name' <> '') OR (phone = '' AND p_contact->>'phone' <> '')
             OR (email = '' AND p_contact->>'email' <> ''));
        RETURN found;
    END IF;
    INSERT INTO contacts_contact (name, email, phone, email_key, phone_key, address, postal, search_key, language,
                                  news_by, needs, privacy_version, created_at, updated_at)
    VALUES (p_contact->>'name', p_contact->>'email', p_contact->>'phone', p_contact->>'email_key',
            p_contact->>'phone_key', p_contact->>'address', p_contact->>'postal', p_contact->>'search_key',
            p_contact->>'language', p_contact->>'news_by', p_contact->>'needs', p_contact->>'privacy_version',
            p_at, p_at)
    RETURNING id INTO found;
    RETURN found;
END $$;
