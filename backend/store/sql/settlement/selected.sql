-- What the result $1 selects at a disclosed price, where it holds in a region ($2: it and all that it is part of): for an office of the region, or with a
-- supplier there. Name and spec are those of the registry's item where it is known. Only the newest edition counts, and nobody who has left.
SELECT p.item, coalesce(plain_name(v.generic_name), plain_name(p.name)) AS name, coalesce(v.declared_spec, p.spec) AS spec, p.price,
    EXISTS (SELECT FROM selected_supplies s WHERE s.product = p.id AND s.region = ANY ($2)) AS supplies
FROM selected_products p
JOIN official_results r ON r.id = p.result
LEFT JOIN LATERAL (
    SELECT v.generic_name, v.declared_spec
    FROM item_versions v
    WHERE v.item = p.item AND v.superseded_at IS NULL
    ORDER BY v.valid_from DESC
    LIMIT 1
) v ON true
WHERE r.id = $1
    AND r.disclosure <> 'SELECTED_NAMES'
    AND p.price IS NOT NULL
    AND NOT EXISTS (SELECT FROM official_results later WHERE later.office = r.office AND later.name = r.name AND later.edition > r.edition)
    AND NOT EXISTS (SELECT FROM withdrawals w WHERE w.product = p.id AND w.decided_at IS NOT NULL)
    AND (EXISTS (SELECT FROM organization_regions o WHERE o.organization = r.office AND o.region = ANY ($2))
        OR EXISTS (SELECT FROM selected_supplies s JOIN selected_products other ON other.id = s.product
            WHERE other.result = r.id AND s.region = ANY ($2)))
ORDER BY p.place
