-- outside
SELECT 1;
