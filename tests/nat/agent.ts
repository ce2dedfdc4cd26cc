/**
 * The program behind `agent_client.ts`: plain UDP sockets and TCP connections inside a namespace,
 * worked by JSON lines on standard input and output. Ends when its standard input does.
 *
 * @module
 */

import { type Endpoint, formatEndpoint } from "../../src/address.ts";
import { readLines } from "../support/lines.ts";

/** What an agent is told to do; `socket` is the caller's number for a socket. */
export type Order =
  | { do: "open"; socket: number; address: string; port: number; answer: "echo" | "nothing" }
  | { do: "send"; socket: number; to: Endpoint; text: string }
  | { do: "tcp"; socket: number; to: Endpoint }
  | { do: "listen"; socket: number; address: string };

/** What an agent reports. Every order but `open` of an echo is answered in order. */
export type Report =
  | { did: "open" | "listen"; socket: number; port: number }
  | { did: "send"; socket: number }
  | { did: "tcp"; socket: number; outcome: "connected" | "failed" }
  | { did: "receive"; socket: number; from: string; text: string };

const MAX_DATAGRAM_BYTES = 2048;
const sockets = new Map<number, Deno.DatagramConn>();

function report(message: Report): void {
  console.log(JSON.stringify(message));
}

async function receive(
  number: number,
  socket: Deno.DatagramConn,
  answer: "echo" | "nothing",
): Promise<never> {
  const buffer = new Uint8Array(MAX_DATAGRAM_BYTES);
  while (true) {
    const [bytes, from] = await socket.receive(buffer);
    if (answer === "echo") {
      await socket.send(bytes, from);
      continue;
    }
    const { hostname: address, port } = from as Deno.NetAddr;
    const text = new TextDecoder().decode(bytes);
    report({ did: "receive", socket: number, from: formatEndpoint({ address, port }), text });
  }
}

async function obey(order: Order): Promise<void> {
  const { socket: number } = order;
  if (order.do === "open") {
    const { address: hostname, port } = order;
    const socket = Deno.listenDatagram({ transport: "udp", hostname, port });
    sockets.set(number, socket);
    receive(number, socket, order.answer);
    report({ did: "open", socket: number, port: (socket.addr as Deno.NetAddr).port });
  } else if (order.do === "listen") {
    const listener = Deno.listen({ hostname: order.address, port: 0 });
    report({ did: "listen", socket: number, port: (listener.addr as Deno.NetAddr).port });
  } else if (order.do === "send") {
    const { address: hostname, port } = order.to;
    const bytes = new TextEncoder().encode(order.text);
    await sockets.get(number)!.send(bytes, { transport: "udp", hostname, port });
    report({ did: "send", socket: number });
  } else {
    const { address: hostname, port } = order.to;
    const outcome = await Deno.connect({ hostname, port }).then(
      () => "connected" as const,
      () => "failed" as const,
    );
    report({ did: "tcp", socket: number, outcome });
  }
}

if (import.meta.main) {
  for await (const line of readLines(Deno.stdin.readable)) await obey(JSON.parse(line));
  Deno.exit(0);
}
