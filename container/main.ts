/**
 * The container's first file. It hears from its first moment on that the process shall end: as the first process of a container Node
 * disregards SIGTERM and SIGINT until somebody listens. To load the program takes most of a second.
 */
import "./stop-signals.ts";

await import("./program.ts");
