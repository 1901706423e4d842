-- joint
SELECT 1;
