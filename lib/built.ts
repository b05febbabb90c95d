/** What a build is: of which release, of which commit, and since when. */
export interface Built {
  /** `0.2.0`; `0.2.0+unreleased` with changes since, "source" where nothing was built. */
  readonly version: string;
  /** The full hash; null where it was not said. */
  readonly commit: string | null;
  /** RFC 3339, UTC; null where it was not said. */
  readonly builtAt: string | null;
}

/** Put here by the build. */
declare const BUILT: Built | undefined;

export const built: Built = typeof BUILT === "undefined" ? { version: "source", commit: null, builtAt: null } : BUILT;
