"""Drives a calendar server with Google's client for Python, unmodified: only the address of the Discovery document is ours.

Usage: client.py <root URL> <API key> <how the key is shown: developerKey or bearer>
Prints what the client returned as one JSON object, for the test to judge.
"""
import json
import sys

import google.oauth2.credentials
from googleapiclient import discovery
from googleapiclient.errors import HttpError

root, key, way = sys.argv[1:]
if way == "bearer":
    shown = {"credentials": google.oauth2.credentials.Credentials(key)}
else:
    shown = {"developerKey": key}
service = discovery.build(
    "calendar",
    "v3",
    discoveryServiceUrl=root + "/discovery/v1/apis/{api}/{apiVersion}/rest",
    cache_discovery=False,
    **shown
)
events = service.events()
said = {}


def timed(summary, hour):
    return {
        "summary": summary,
        "start": {"dateTime": "2026-03-09T%02d:00:00" % hour, "timeZone": "Europe/Zagreb"},
        "end": {"dateTime": "2026-03-09T%02d:30:00" % hour, "timeZone": "Europe/Zagreb"},
    }


def refusal(request):
    try:
        request.execute()
        return None
    except HttpError as error:
        body = json.loads(error.content.decode("utf-8"))
        return {
            "status": int(error.resp.status),
            "reason": body["error"]["errors"][0]["reason"],
            "text": error._get_reason(),
        }


# The client writes a page of help for each method, in which it notes what it did not understand of the document.
resources = [getattr(service, name)() for name in service._resourceDesc["resources"]]
helps = [getattr(resource, name).__doc__ for resource in resources for name in resource._resourceDesc["methods"] if hasattr(resource, name)]
said["unknown"] = [text for text in helps if "Unknown type" in text]

calendar = service.calendars().insert(body={"summary": "Čitanje", "timeZone": "Europe/Zagreb"}).execute()
calendar_id = calendar["id"]
said["calendar"] = calendar["summary"]
said["calendarList"] = [entry["id"] == calendar_id for entry in service.calendarList().list().execute()["items"]].count(True)

event = events.insert(calendarId=calendar_id, body=timed("Šetnja 🚶", 9)).execute()
said["event"] = {name: event[name] for name in ("kind", "summary", "start")}
for hour in range(10, 16):
    events.insert(calendarId=calendar_id, body=timed("number %d" % hour, hour)).execute()

pages = []
request = events.list(calendarId=calendar_id, maxResults=3, singleEvents=True, orderBy="startTime", fields="nextPageToken,items(summary)")
while request is not None:
    page = request.execute()
    pages.append([item["summary"] for item in page["items"]])
    request = events.list_next(request, page)
said["pages"] = pages

said["missing"] = refusal(events.get(calendarId=calendar_id, eventId="nobodyhasthis"))
try:
    events.list(calendarId=calendar_id, orderBy="colour")
except TypeError as error:
    said["wrongWord"] = "orderBy" in str(error)
try:
    events.get(calendarId=calendar_id)
except TypeError as error:
    said["withoutId"] = "eventId" in str(error)

stale = events.patch(calendarId=calendar_id, eventId=event["id"], body={"location": "Park"})
stale.headers["If-Match"] = event["etag"]
said["patched"] = stale.execute()["location"]
again = events.patch(calendarId=calendar_id, eventId=event["id"], body={"location": "Forest"})
again.headers["If-Match"] = event["etag"]
said["stale"] = refusal(again)

answers = {}


def note(request_id, response, exception):
    if exception is not None:
        answers[request_id] = int(exception.resp.status)
    elif isinstance(response, dict):
        answers[request_id] = response.get("summary", response.get("kind"))
    else:
        answers[request_id] = "" if not response else str(response)


own = []
batch = service.new_batch_http_request(callback=note)
batch.add(events.insert(calendarId=calendar_id, body=dict(timed("žuto - in a batch", 17), id="batched1")), request_id="insert")
batch.add(events.get(calendarId=calendar_id, eventId="batched1"), request_id="get what was inserted")
batch.add(events.get(calendarId=calendar_id, eventId="nobodyhasthis"), request_id="missing")
batch.add(events.list(calendarId=calendar_id, q="batch"), request_id="list", callback=lambda _, page, error: own.append(len(page["items"])))
batch.add(events.patch(calendarId=calendar_id, eventId="batched1", body={"summary": "green"}), request_id="patch")
batch.add(events.delete(calendarId=calendar_id, eventId="batched1"), request_id="delete")
batch.execute()
said["batch"] = answers
said["ownCallback"] = own

many = []
batch = service.new_batch_http_request(callback=lambda _, made, error: many.append(error is None))
for number in range(100):
    batch.add(events.insert(calendarId=calendar_id, body=timed("one of many %d" % number, 18)))
batch.execute()
said["many"] = many.count(True)

said["deleted"] = service.calendars().delete(calendarId=calendar_id).execute()
json.dump(said, sys.stdout)
