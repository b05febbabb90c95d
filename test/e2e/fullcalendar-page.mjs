/** The page of the FullCalendar test: a month of a calendar that our server has. `?calendar=…&key=…&api=…` says which and where. */
import { Calendar } from "@fullcalendar/core";
import dayGridPlugin from "@fullcalendar/daygrid";
import googleCalendarPlugin from "@fullcalendar/google-calendar";

const asked = new URLSearchParams(location.search);

new Calendar(document.getElementById("calendar"), {
  plugins: [dayGridPlugin, googleCalendarPlugin],
  initialView: "dayGridMonth",
  initialDate: "2026-03-15",
  timeZone: "America/New_York",
  googleCalendarApiKey: asked.get("key"),
  events: { googleCalendarId: asked.get("calendar"), googleCalendarApiBase: `${asked.get("api")}/calendar/v3/calendars` },
  eventSourceSuccess: () => document.body.classList.add("loaded"),
  eventSourceFailure: ({ message }) => {
    document.body.dataset.failure = message;
  },
}).render();
