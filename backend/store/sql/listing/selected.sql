-- Selected products with a known price, by the name of the product or its lot ($1), of results that hold in a region ($2: it and all that it
-- is part of) on a day ($3).
SELECT p.holder, p.spec, p.price,
    EXISTS (SELECT FROM selected_supplies s WHERE s.product = p.id AND s.region = ANY ($2)) AS supplies,
    office.national AS national,
    r.disclosure <> 'SELECTED_NAMES' AS disclosed
FROM selected_products p
JOIN official_results r ON r.id = p.result
CROSS JOIN LATERAL (
    SELECT coalesce(bool_or(o.region = '000000'), false) AS national, coalesce(bool_or(o.region = ANY ($2)), false) AS covers
    FROM organization_regions o
    WHERE o.organization = r.office
) office
WHERE (p.name = $1 OR p.lot_name = $1)
    AND p.price IS NOT NULL
    AND p.until >= $3
    AND NOT EXISTS (SELECT FROM official_results later WHERE later.office = r.office AND later.name = r.name AND later.edition > r.edition)
    AND NOT EXISTS (SELECT FROM withdrawals w WHERE w.product = p.id AND w.decided_at IS NOT NULL)
    AND (office.covers OR EXISTS (
        SELECT FROM selected_supplies s JOIN selected_products other ON other.id = s.product
        WHERE other.result = r.id AND s.region = ANY ($2)))
