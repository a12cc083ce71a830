-- The second wall around them; see 0003_walls.
ALTER TABLE line_checks ENABLE ROW LEVEL SECURITY;
ALTER TABLE line_checks FORCE ROW LEVEL SECURITY;
CREATE POLICY wall ON line_checks USING (
    current_setting('bega.organisation', true) IN (organisation_id, '*'));
