"""One file a page, or a few pages of one subject. A page reads reports and fills a template."""
