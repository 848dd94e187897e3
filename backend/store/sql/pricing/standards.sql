-- The published standards of the items and the region of a piece of the set $1 ($3 of its standards after $2), whichever set they are of: each from its
-- first day, with 0 packs where another one holds in its place on that day.
WITH piece AS MATERIALIZED (
    SELECT DISTINCT s.item, s.region FROM (SELECT item, region FROM payment_standards WHERE standard_set = $1 ORDER BY id OFFSET $2 LIMIT $3) s
)
SELECT s.id AS key, s.region, s.begins AS observed_on, s.item, NULL::text AS group_key, NULL::text AS loose_group, v.holder_name AS maker,
    v.holder AS manufacturer, NULL::uuid AS hospital, s.amount AS price, coalesce(s.pack_units, 1)::bigint AS pack_units,
    CASE WHEN EXISTS (
        SELECT FROM payment_standards o JOIN payment_standard_sets later ON later.id = o.standard_set
        WHERE o.item = s.item AND o.region = s.region AND o.pack_units IS NOT DISTINCT FROM s.pack_units AND later.position > t.position
            AND o.begins <= s.begins AND (o.ends IS NULL OR o.ends >= s.begins)
    ) THEN 0::bigint END AS packs,
    true AS disclosed, t.organization AS source, NULL::uuid AS listing
FROM piece
JOIN payment_standards s ON s.item = piece.item AND s.region = piece.region
JOIN payment_standard_sets t ON t.id = s.standard_set AND t.status = 'PUBLISHED'
LEFT JOIN LATERAL (
    SELECT v.holder_name, v.holder FROM item_versions v WHERE v.item = s.item AND v.superseded_at IS NULL ORDER BY v.valid_from DESC LIMIT 1
) v ON true
WHERE s.amount IS NOT NULL AND s.begins >= date '2000-01-01' AND s.begins < date '2100-01-01'
ORDER BY s.id
