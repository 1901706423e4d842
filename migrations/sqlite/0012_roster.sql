-- roster
SELECT 1;
