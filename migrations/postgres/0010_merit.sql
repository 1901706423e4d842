-- merit
SELECT 1;
