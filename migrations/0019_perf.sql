-- Loans of one officer, or of one product, newest first: without these a filter that few loans pass reads all of them.
create index loans_by_officer on loans (org_id, officer_id, id) where officer_id is not null;
create index loans_by_product on loans (org_id, product_id, id) where product_id is not null;
