-- What was opened from $2 to before $3, by whom it concerns: the firm, and the authorities of the region. Of the day $1, each once.
WITH opened AS MATERIALIZED (
    SELECT manufacturer, within, severity FROM alerts WHERE opened_at >= $2 AND opened_at < $3
), concerned AS (
    SELECT manufacturer AS organization, severity FROM opened WHERE manufacturer IS NOT NULL
    UNION ALL
    SELECT o.id, a.severity FROM opened a JOIN organizations o ON o.status = 'APPROVED' AND o.kind IN ('REGULATOR', 'PROCUREMENT_OFFICE', 'AUDIT_BODY')
    WHERE EXISTS (SELECT FROM organization_regions r WHERE r.organization = o.id AND r.region = ANY (a.within))
)
SELECT c.organization, count(*) FILTER (WHERE severity = 'RED') AS red, count(*) FILTER (WHERE severity = 'YELLOW') AS yellow,
    count(*) FILTER (WHERE severity = 'TICKET') AS tickets,
    (SELECT count(*) FROM alerts a WHERE a.state = 'OPEN' AND (a.manufacturer = c.organization OR EXISTS
        (SELECT FROM organization_regions r JOIN organizations o ON o.id = r.organization
         WHERE r.organization = c.organization AND o.kind IN ('REGULATOR', 'PROCUREMENT_OFFICE', 'AUDIT_BODY') AND r.region = ANY (a.within)))) AS waiting
FROM concerned c
WHERE NOT EXISTS (SELECT FROM alert_digests d WHERE d.organization = c.organization AND d.day = $1)
GROUP BY c.organization ORDER BY c.organization
