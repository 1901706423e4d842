-- crawl
SELECT 1;
