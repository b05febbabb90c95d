/**
 * Google's names for the schemas of a Discovery document. A resource has its name from its `kind` ("calendar#aclRule" is an
 * AclRule); this is the list of what has none: exceptions, and the parts of resources, by the place where they stand. In a place
 * `[]` are the items of a list and `{}` the values of a map.
 */
export const namesOfKinds: Readonly<Record<string, string>> = { "calendar#freeBusy": "FreeBusyResponse" };

/** Bodies that are another schema than what the method answers, or that it answers nothing to. */
export const namesOfBodies: Readonly<Record<string, string>> = {
  "freebusy.query": "FreeBusyRequest",
  "channels.stop": "Channel",
};

export const namesOfPlaces: Readonly<Record<string, string>> = {
  "Calendar.conferenceProperties": "ConferenceProperties",
  "Calendar.labelProperties": "LabelProperties",
  "CalendarListEntry.conferenceProperties": "ConferenceProperties",
  "CalendarListEntry.defaultReminders[]": "EventReminder",
  "CalendarListEntry.labelProperties": "LabelProperties",
  "CalendarListEntry.notificationSettings.notifications[]": "CalendarNotification",
  "Colors.calendar{}": "ColorDefinition",
  "Colors.event{}": "ColorDefinition",
  "Event.attachments[]": "EventAttachment",
  "Event.attendees[]": "EventAttendee",
  "Event.birthdayProperties": "EventBirthdayProperties",
  "Event.conferenceData": "ConferenceData",
  "Event.end": "EventDateTime",
  "Event.focusTimeProperties": "EventFocusTimeProperties",
  "Event.originalStartTime": "EventDateTime",
  "Event.outOfOfficeProperties": "EventOutOfOfficeProperties",
  "Event.reminders.overrides[]": "EventReminder",
  "Event.start": "EventDateTime",
  "Event.workingLocationProperties": "EventWorkingLocationProperties",
  "Events.defaultReminders[]": "EventReminder",
  "FreeBusyCalendar.busy[]": "TimePeriod",
  "FreeBusyCalendar.errors[]": "Error",
  "FreeBusyGroup.errors[]": "Error",
  "FreeBusyRequest.items[]": "FreeBusyRequestItem",
  "FreeBusyResponse.calendars{}": "FreeBusyCalendar",
  "FreeBusyResponse.groups{}": "FreeBusyGroup",
  "LabelProperties.eventLabels[]": "EventLabel",
};
