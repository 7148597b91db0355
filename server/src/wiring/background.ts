/** The background work of the service, which starts and stops together. */
import { systemCaller } from '../caller.ts'
import type { Database } from '../database/database.ts'
import { type Fulfilling, startFulfilling } from '../features/account/requests/fulfilling.ts'
import type { Features } from '../features.ts'
import type { Log } from '../log/log.ts'
import { type Sending, startSending } from '../mail/sending.ts'
import type { Trace } from '../tracing/tracing.ts'

type Worker = { start(): void; stop(): Promise<void> }
type Parts = { log: Log; database: Database; trace: Trace; features: Features; backups: Worker }

export function createBackground({ log, database, trace, features, backups }: Parts) {
  const { account, audit, floods, mailer, messages, outbox, requests, scim, signIn } = features
  const workers: Worker[] = [
    features.housekeeping,
    backups,
    features.jobRunner,
    features.webhookSending,
    features.logoutSending,
  ]
  let fulfilling: Fulfilling | undefined
  let sending: Sending | undefined

  return {
    start(): void {
      fulfilling = startFulfilling({ database, requests, fulfil: account.fulfil, log })
      if (mailer)
        sending = startSending({
          ...{ database, outbox, messages, mailer, trace, log },
          gaveUp: (tx, { template, userId, reason }) =>
            audit.record(tx, systemCaller, {
              type: 'mail.failed',
              outcome: 'failure',
              reason,
              target: { kind: 'user', id: userId },
              changes: { template },
            }),
        })
      for (const worker of workers) worker.start()
      floods.start()
    },

    /** The counts are written last, because other parts may add to them while they stop. */
    async stop(): Promise<void> {
      await Promise.all([fulfilling?.stop(), sending?.stop(), ...workers.map((worker) => worker.stop())])
      await signIn.settled()
      await Promise.all([floods.stop(), scim.settle()])
    },
  }
}
