/** The documentation of an error: its HTTP status, its title, and the text of the page at `/problems/<code>`. */
export type Problem = { status: number; title: string; explanation: string }
