-- 月探访率 of one calendar month (Asia/Shanghai), elder by elder: a row for everybody on the list, with where they belonged
-- then, whether they were seen, and what leaves them out of the adjusted rate. strict = seen / listed; adjusted = the
-- same over the rows without a reason. Counts by place and the lists behind them are of these rows (projections/rates.py).
--
-- It reads case_row, visit_row and period_reason: as they are, the rate as known today; folded again from the facts
-- recorded by a moment (audit/known.py), the rate as known then.
--
-- county_id   whose people are counted
-- starts_at, ends_at   the month as instants, half-open; first_on, last_on its first and last civil day
-- elder_id    on the list on any day of the month: opened before its end, not closed before its start, nor closed all
--             through it and reopened later
-- township_id, village_id   where the elder belonged then: the place of their last scheduled visit that began before the
--             month's end; one who had none yet counts where the case is
-- seen        1: at least one valid visit in the month (a visit in state done or late, or an extra one done); else 0
-- reason      why these are left out: nobody saw them in the month, no visit due in it was missed, and a period that
--             touches it was cancelled or skipped for a reason, or the case was closed in it for one. Of two reasons
--             the last counts: the later period's, and closing's after all. NULL: not left out, so whoever was seen,
--             whatever reason there is besides, and whoever was missed. A code that is not in `word` leaves nobody out
WITH word (code, reason) AS (
    VALUES
        ('hospital', 'hospital'),
        ('away', 'away'),
        ('in_institution', 'in_institution'),
        ('refused', 'refused'),
        ('enrolled_late', 'enrolled_late'),
        ('died', 'death'),
        ('death_reported', 'death'),
        ('death_confirmed', 'death'),
        ('moved', 'moved'),
        ('moved_out', 'moved'),
        ('not_eligible', 'not_eligible'),
        ('emergency_called', 'emergency_called'),
        ('missed', NULL)
),
person AS MATERIALIZED (  -- each is looked up once, though place and seen are asked for twice below
    SELECT  -- among their own visits, over the index on elder_id: joining whole sets is quadratic in SQLite
        c.elder_id,
        c.township_id,
        c.village_id,
        (
            SELECT p.id FROM visit_row AS p
            WHERE p.elder_id = c.elder_id AND p.kind = 'scheduled' AND p.starts_at < :ends_at
            ORDER BY p.starts_at DESC, p.id DESC LIMIT 1
        ) AS last_id,
        CASE WHEN EXISTS (
            SELECT 1 FROM visit_row AS v
            WHERE v.elder_id = c.elder_id AND v.state IN ('done', 'late')
                AND v.visited_on BETWEEN :first_on AND :last_on
        ) THEN 1 ELSE 0 END AS seen
    FROM case_row AS c
    WHERE c.county_id = :county_id AND c.opened_at < :ends_at
        AND (c.closed_at IS NULL OR c.closed_at >= :starts_at) AND NOT EXISTS (
        SELECT 1 FROM period_reason AS p
        WHERE p.elder_id = c.elder_id AND p.reason = 'case_closed' AND p.starts_at < :starts_at AND p.ends_at >= :ends_at
    )
),
told AS (
    SELECT elder_id, cancel_reason AS code, starts_at AS since FROM visit_row
    WHERE kind = 'scheduled' AND state = 'cancelled' AND starts_at < :ends_at AND ends_at > :starts_at
    UNION ALL
    SELECT elder_id, reason, starts_at FROM period_reason WHERE starts_at < :ends_at AND ends_at > :starts_at
    UNION ALL
    SELECT elder_id, close_reason, closed_at FROM case_row WHERE closed_at >= :starts_at AND closed_at < :ends_at
    UNION ALL
    SELECT elder_id, 'missed', '9' FROM visit_row  -- later than any reason: who was missed is not left out
    WHERE kind = 'scheduled' AND state = 'missed' AND due_at > :starts_at AND due_at <= :ends_at
),
named AS (
    SELECT told.elder_id, word.reason,
        ROW_NUMBER() OVER (PARTITION BY told.elder_id ORDER BY told.since DESC, told.code) AS nth
    FROM told JOIN word ON word.code = told.code
)
SELECT
    person.elder_id AS elder_id,
    COALESCE(there.township_id, person.township_id) AS township_id,
    COALESCE(there.village_id, person.village_id) AS village_id,
    person.seen AS seen,
    named.reason AS reason
FROM person
LEFT JOIN visit_row AS there ON there.id = person.last_id
LEFT JOIN named ON named.elder_id = person.elder_id AND named.nth = 1 AND person.seen = 0
