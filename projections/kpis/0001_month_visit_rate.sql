-- 月探访率, by township, for one calendar month (Asia/Shanghai), strict and adjusted.
--
-- starts_at, ends_at   the month as instants; first_on, last_on as civil dates; known_by: recorded by then
-- township_id where the elder belonged then: the township of their last scheduled visit that began before the month's
--             end; one who had none yet counts where the case is now
-- listed      everyone on the list on any day of the month: opened before its end, not closed before its start, nor
--             closed all through it and reopened later
-- seen        of these, with at least one valid visit in the month (a visit in state done or late, or an extra one done)
-- excused     of those not seen, with a recorded reason (cancelled visit or period without one): left out of `adjusted`
SELECT
    COALESCE(t.township_id, c.township_id)               AS township_id,
    COUNT(*)                                             AS listed,
    SUM(CASE WHEN s.elder_id IS NOT NULL THEN 1 ELSE 0 END) AS seen,
    SUM(CASE WHEN s.elder_id IS NULL AND r.elder_id IS NOT NULL THEN 1 ELSE 0 END) AS excused
FROM case_row AS c
LEFT JOIN (
    SELECT elder_id, township_id, ROW_NUMBER() OVER (PARTITION BY elder_id ORDER BY starts_at DESC, id DESC) AS nth
    FROM visit_row
    WHERE kind = 'scheduled' AND starts_at < :ends_at
) AS t ON t.elder_id = c.elder_id AND t.nth = 1
LEFT JOIN (
    SELECT DISTINCT elder_id FROM visit_row
    WHERE state IN ('done', 'late') AND visited_on BETWEEN :first_on AND :last_on AND reported_at <= :known_by
) AS s ON s.elder_id = c.elder_id
LEFT JOIN (
    SELECT elder_id FROM visit_row
    WHERE kind = 'scheduled' AND state = 'cancelled' AND starts_at < :ends_at AND ends_at > :starts_at
    UNION
    SELECT elder_id FROM period_reason WHERE starts_at < :ends_at AND ends_at > :starts_at
) AS r ON r.elder_id = c.elder_id
WHERE c.opened_at < :ends_at AND (c.closed_at IS NULL OR c.closed_at >= :starts_at) AND NOT EXISTS (
    SELECT 1 FROM period_reason AS p
    WHERE p.elder_id = c.elder_id AND p.reason = 'case_closed' AND p.starts_at < :starts_at AND p.ends_at >= :ends_at
)
GROUP BY COALESCE(t.township_id, c.township_id)
ORDER BY COALESCE(t.township_id, c.township_id)
