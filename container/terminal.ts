/** Words for the person at the terminal. Logs and metrics go to standard output; these do not mix with them. */
export const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

/** Ends the process with a sentence that says why. */
export const giveUp = (message: string): never => {
  say(message);
  process.exit(1);
};
