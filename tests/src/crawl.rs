//! Crawl sources: feeds, sitemaps and pages of others, read politely and landed in a review column.
