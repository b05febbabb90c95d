import type { EventDetails, EventDraft } from "#lib/model/event.ts";

/** What each calendar says of its own copy; all else is the organizer's ("private properties" in Google's guide to events). */
const ownFields: readonly string[] = ["reminders", "colorId", "eventLabelId", "transparency", "visibility"];

const withProperties = (details: Record<string, unknown>, properties: EventDetails["extendedProperties"]): EventDetails =>
  properties?.private || properties?.shared ? { ...details, extendedProperties: properties } : details;

/** The part of an event's details that its calendar has for itself. */
export const ownPart = ({ extendedProperties, ...details }: EventDetails): EventDetails =>
  withProperties(
    Object.fromEntries(Object.entries(details).filter(([name]) => ownFields.includes(name))),
    extendedProperties?.private && { private: extendedProperties.private },
  );

/** The part of an event's details that all its copies share. */
export const sharedPart = ({ extendedProperties, ...details }: EventDetails): EventDetails =>
  withProperties(
    Object.fromEntries(Object.entries(details).filter(([name]) => !ownFields.includes(name))),
    extendedProperties?.shared && { shared: extendedProperties.shared },
  );

/** What of a version all copies share. */
export const sharedVersion = ({ status, start, end, recurrence = [], details }: EventDraft) => ({
  status,
  start,
  end,
  recurrence,
  details: sharedPart(details),
});

/** Both parts together. */
export const wholeOf = (shared: EventDetails, own: EventDetails): EventDetails =>
  withProperties({ ...shared, ...own }, { ...shared.extendedProperties, ...own.extendedProperties });
