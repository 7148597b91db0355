/** An HTTP server that receives webhooks, and verifies them with the library of Standard Webhooks. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'
import { until } from '../harness/wait.ts'

export type Message = {
  path: string
  id: string
  headers: Record<string, string>
  text: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into messages of every type
  body: any
}

type Answer = (message: Message, response: ServerResponse) => void

export type Receiver = Awaited<ReturnType<typeof startReceiver>>

/** `answer` decides what each path answers; 204 without it. Stop it in `after`. */
export async function startReceiver() {
  const messages: Message[] = []
  const answers = new Map<string, Answer>()
  const server = createServer((request, response) => {
    void readText(request).then((text) => {
      const message = {
        path: request.url ?? '',
        id: String(request.headers['webhook-id']),
        headers: request.headers as Record<string, string>,
        text,
        body: JSON.parse(text),
      }
      messages.push(message)
      const answer = answers.get(message.path)
      if (answer) answer(message, response)
      else response.writeHead(204).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    messages,
    stop(): void {
      server.closeAllConnections()
      server.close()
    },
    url: (path: string) => `http://127.0.0.1:${port}${path}`,
    answer: (path: string, answer: Answer) => void answers.set(path, answer),
    at: (path: string) => messages.filter((message) => message.path === path),
    /** Waits until `count` messages have come to the path. */
    until(path: string, count: number): Promise<Message[]> {
      const found = () => messages.filter((message) => message.path === path)
      return until(
        () => found().length >= count && found(),
        () => `${count} messages; ${found().length} came`,
      )
    },
  }
}

/** @throws when the message was not signed with the secret */
export function verify(secret: string, { text, headers }: Message): unknown {
  return new Webhook(secret).verify(text, headers)
}

async function readText(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const part of request.setEncoding('utf8')) text += part
  return text
}
