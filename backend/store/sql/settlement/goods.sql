-- What hospitals of a region ($1, a pattern of codes), or of a party ($2), accepted on days ($3 to $4), with what of it went back, was paid by the fund, was
-- paid outside, and by when it is to be paid: so many months ($5) after the month of acceptance. Sums are fen; nothing counts beyond what was kept.
goods AS (
    SELECT a.id, a.hospital, a.seller, a.accepted_on, d.kept,
        least(d.kept, d.direct) AS direct, least(d.kept - least(d.kept, d.direct), d.outside) AS outside, d.asked,
        (date_trunc('month', a.accepted_on) + make_interval(months => $5 + 1))::date - 1 AS pay_by
    FROM acceptances a
    CROSS JOIN LATERAL (
        SELECT greatest(0, a.amount_fen - coalesce((SELECT sum(r.amount_fen) FROM goods_returns r WHERE r.acceptance = a.id), 0))::bigint AS kept,
            coalesce((SELECT sum(CASE WHEN s.status IN ('PAID', 'OFFSET', 'CLOSED') THEN t.asked_fen - t.disputed_fen ELSE 0 END
                    + coalesce((SELECT sum(n.asked_fen - n.disputed_fen) FROM statement_lines n JOIN statements q ON q.id = n.statement
                        WHERE n.resolves = t.id AND q.status IN ('PAID', 'OFFSET', 'CLOSED')), 0))
                FROM invoice_lines l JOIN statement_lines t ON t.invoice_line = l.id JOIN statements s ON s.id = t.statement
                WHERE l.acceptance = a.id), 0)::bigint AS direct,
            coalesce((SELECT sum(t.asked_fen) FROM invoice_lines l JOIN statement_lines t ON t.invoice_line = l.id
                WHERE l.acceptance = a.id), 0)::bigint AS asked,
            coalesce((SELECT sum(o.amount_fen) FROM outside_payment_lines o JOIN outside_payments p ON p.id = o.payment
                WHERE o.acceptance = a.id AND p.status = 'CONFIRMED'), 0)::bigint AS outside
    ) d
    WHERE a.accepted_on BETWEEN $3 AND $4 AND ($2 IS NULL OR $2 IN (a.hospital, a.seller)) AND ($2 IS NOT NULL OR a.region ~ $1)
)
