-- federation
SELECT 1;
