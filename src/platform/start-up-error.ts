/** Why the server could not start, in one sentence that says what to do; shown without a stack. */
export class StartUpError extends Error {}
