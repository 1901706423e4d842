-- likeness
SELECT 1;
