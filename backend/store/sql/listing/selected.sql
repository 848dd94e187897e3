-- Selected products with a known price, by generic name ($1), of results that hold in a region ($2: it and all that it is part of) on a day
-- ($3). Name and spec are those of the registry's item; the names of the product and its lot, and the spec of the result, count only where no
-- item is known.
SELECT p.holder, coalesce(v.declared_spec, p.spec) AS spec, p.price,
    EXISTS (SELECT FROM selected_supplies s WHERE s.product = p.id AND s.region = ANY ($2)) AS supplies,
    office.national AS national,
    r.disclosure <> 'SELECTED_NAMES' AS disclosed
FROM selected_products p
JOIN official_results r ON r.id = p.result
LEFT JOIN LATERAL (
    SELECT v.generic_name, v.declared_spec
    FROM item_versions v
    WHERE v.item = p.item AND v.superseded_at IS NULL AND v.valid_from <= $3 AND (v.valid_to IS NULL OR v.valid_to > $3)
    LIMIT 1
) v ON true
CROSS JOIN LATERAL (
    SELECT coalesce(bool_or(o.region = '000000'), false) AS national, coalesce(bool_or(o.region = ANY ($2)), false) AS covers
    FROM organization_regions o
    WHERE o.organization = r.office
) office
WHERE p.id IN (
        SELECT n.id FROM selected_products n WHERE n.name = $1 OR n.lot_name = $1
        UNION
        SELECT n.id FROM item_versions i JOIN selected_products n ON n.item = i.item WHERE plain_name(i.generic_name) = plain_name($1))
    AND (CASE WHEN v.generic_name IS NULL THEN p.name = $1 OR p.lot_name = $1 ELSE plain_name(v.generic_name) = plain_name($1) END)
    AND p.price IS NOT NULL
    AND p.until >= $3
    AND NOT EXISTS (SELECT FROM official_results later WHERE later.office = r.office AND later.name = r.name AND later.edition > r.edition)
    AND NOT EXISTS (SELECT FROM withdrawals w WHERE w.product = p.id AND w.decided_at IS NOT NULL)
    AND (office.covers OR EXISTS (
        SELECT FROM selected_supplies s JOIN selected_products other ON other.id = s.product
        WHERE other.result = r.id AND s.region = ANY ($2)))
