// Bodies that live in the app's own thread only, as those of `scope`: found by name and not by importing a module.

/** The URL that stands for 'in this thread'. */
export const LOCAL_URL = 'heddle:local'
