-- desk
SELECT 1;
