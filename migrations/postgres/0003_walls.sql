-- The second wall between organisations: row-level security.
--
-- The first wall is the organisation in every statement. This one holds when a statement forgets
-- it: each transaction says whose rows it may see in the setting `bega.organisation`; without the
-- setting no row is visible. `*` is for the few statements that must look across the walls, such
-- as finding out whose cookie this is. FORCE makes the owner of the tables obey; a superuser never
-- does, so the server should connect as an ordinary role. SQLite has no such means.
--
-- Rooms, sites and devices are shared, and slot claims must collide across organisations.

DO $$
DECLARE
    walled TEXT;
BEGIN
    FOREACH walled IN ARRAY ARRAY[
        'users', 'sessions', 'participants', 'invitations', 'web_sessions', 'audit_heads',
        'audit_entries', 'idempotency_keys', 'timeline_entries', 'admissions'
    ] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', walled);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', walled);
        EXECUTE format(
            'CREATE POLICY wall ON %I USING ('
            'current_setting(''bega.organisation'', true) IN (organisation_id, ''*''))',
            walled
        );
    END LOOP;
END;
$$;
