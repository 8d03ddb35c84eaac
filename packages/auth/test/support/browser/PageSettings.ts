/** The settings that `PageServer` gives to a page. */

/** Reads the settings, whose type is what the server was told to make. */
export const read = <Settings>(): Settings => JSON.parse(document.documentElement.dataset["settings"] ?? "null")
