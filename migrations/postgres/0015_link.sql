-- link
SELECT 1;
