-- recommended
SELECT 1;
