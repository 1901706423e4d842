-- commission
SELECT 1;
