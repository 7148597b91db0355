/** Loaded before the service: its clock is `CLOCK_AHEAD_SECONDS` ahead. */
const now = Date.now
const aheadMs = Number(process.env.CLOCK_AHEAD_SECONDS) * 1000
Date.now = () => now() + aheadMs
