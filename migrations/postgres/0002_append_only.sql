-- What is written into the audit log and the timelines stays as it was written.

CREATE FUNCTION refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END;
$$;

CREATE TRIGGER audit_entries_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();

CREATE TRIGGER timeline_entries_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON timeline_entries
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
