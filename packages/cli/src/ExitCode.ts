/**
 * The codes that the program ends with, each of which tells a script what to do next.
 */

/** The codes, by what they mean. The README has the table for people. */
export const ExitCode = {
  /** Done, also when the reader of a pipe had enough. */
  done: 0,
  /** Anything that no other code stands for, such as a mistake in the program. */
  other: 1,
  /** The call is wrong: a command, a flag or an argument. */
  usage: 2,
  /** Something asked for is not there. What was there has been printed. */
  notFound: 3,
  /** A person must sign in. */
  signIn: 4,
  /** Spotify refuses this. */
  refused: 5,
  /** Spotify answers later: too many calls. */
  later: 6,
  /** Spotify does not answer, or not sensibly. */
  unavailable: 7,
  /** The settings of this machine or of the app are wrong. */
  setup: 8,
  /** Interrupted by Ctrl-C, by SIGTERM, or by Esc in a question. */
  interrupted: 130
} as const

/** One of the codes. */
export type ExitCode = typeof ExitCode[keyof typeof ExitCode]
