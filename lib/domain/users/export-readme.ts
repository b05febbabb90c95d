import type { Calendar } from "#lib/model/calendar.ts";

/** What stands beside the data of an export, for the person who reads it. */
export const explanation = (email: string, calendars: readonly Calendar[], now: number): string =>
  `Everything that this calendar server held about ${email} on ${new Date(now).toISOString()}.

profile.json           the user
settings.json          what they have set; settings that are missing have their usual values
keys.json              their API keys, without the keys themselves, which are not stored
groups.json            the groups that they are a member of
calendar-list.json     the calendars in their list, those that were taken out too
calendars.json         the calendars that they own
access-rules.json      who has, or had, access to these
calendars/*.ics        the events of each of these calendars as iCalendar, for any calendar program
calendars/*.events.json  the same as the API gives them, deleted events too as long as they are kept
access-to-others.json  access that they have, or had, to calendars of others by name
events-of-others.json  what events of others say of them: as organizer, as creator, as guest
channels.json          where messages about changes are sent to for them
audit.json             what the audit log tells of what they did, and of what others did that concerns them
usage.json             how much their keys were used, by the day

Calendars, in the order of their files:
${calendars.map(({ id, summary }, index) => `  ${String(index + 1).padStart(3, "0")}  ${id}  ${summary.replaceAll(/\s+/g, " ")}`).join("\n")}
`;
