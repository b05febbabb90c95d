import { integer, object, optional, text } from "#lib/schema.ts";

export const ProfileBody = object({
  seconds: optional(integer({ minimum: 1, maximum: 30, description: "How long to record; ten seconds when missing." })),
});

export const ProfileReply = object({
  name: text({ description: "The key of the object in the bucket." }),
  bucket: text(),
  seconds: integer(),
  samples: integer({ description: "How often it was looked what the process does, about once a millisecond." }),
});
