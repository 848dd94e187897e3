-- What stands of the groups ($1 bases, $2 names, $3 the item that a name is, where it is one). The order is that of what was said, so that the same
-- prices come in the same order whenever and in whatever batches they came.
WITH wanted AS MATERIALIZED (SELECT * FROM unnest($1, $2, $3) AS w (basis, grp, item)),
found AS (
    SELECT w.basis, w.grp, o.* FROM wanted w JOIN price_observations o ON o.loose_group = w.grp AND o.kind = w.basis
    WHERE o.superseded_by IS NULL AND o.packs IS DISTINCT FROM 0
    UNION ALL
    SELECT w.basis, w.grp, o.* FROM wanted w JOIN price_observations o ON o.item = w.item AND o.kind = w.basis
    WHERE o.superseded_by IS NULL AND o.packs IS DISTINCT FROM 0 AND o.loose_group IS NULL
)
SELECT id, basis, grp, coalesce(group_key, item::text, '') AS product, coalesce(maker, '') AS maker, region::text AS region, observed_on,
    unit_price AS price, packs::numeric * pack_units AS quantity, item, manufacturer, disclosed
FROM found
ORDER BY basis, grp, observed_on, region, product, maker, unit_price, quantity, source, source_key, id
