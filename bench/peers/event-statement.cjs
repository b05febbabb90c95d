/** The statement that reads an event with its calendar, as lib/sql/events.ts sends it. */
module.exports = `
  select
    c.id, c.owner_id, c.is_primary, c.summary, c.description, c.location, c.time_zone, c.details, c.change, c.own_change,
    c.purged_change, c.updated_at, e.id as event_id, e.i_cal_uid, e.status, e.master_id, e.change as event_change, e.sequence,
    e.created_at, e.updated_at as event_updated_at, e.data
  from calendars c left join events e on e.calendar_id = c.id and e.id = $1
  where c.id = $2`;
