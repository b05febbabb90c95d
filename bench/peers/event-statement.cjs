/** The statement that reads an event with its calendar, as lib/sql/events.ts sends it. */
module.exports = `
  select c.owner_id, c.time_zone, e.id as event_id, e.i_cal_uid, e.status, e.master_id, e.change, e.sequence, e.created_at,
    e.updated_at, e.data
  from calendars c left join events e on e.calendar_id = c.id and e.id = $1
  where c.id = $2`;
