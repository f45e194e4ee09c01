-- A follower that is new in a city with a past begins here: what happened before it came is no news to it.
-- In an empty journal, here is the beginning.
CREATE OR REPLACE FUNCTION journal_follow_from_here(p_name text) RETURNS void LANGUAGE sql AS $$
    INSERT INTO journal_cursor (name, oxid, id, recorded_at)
    SELECT p_name, (pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1)::text::xid8, 9223372036854775807, now()
    ON CONFLICT (name) DO NOTHING
$$;
