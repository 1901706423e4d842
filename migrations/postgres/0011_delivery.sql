-- delivery
SELECT 1;
