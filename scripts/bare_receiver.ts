/**
 * Reads datagrams and does nothing with them: the most that this runtime can do. Prints its port.
 *
 * @module
 */

import { DATAGRAM_BUFFER_BYTES } from "../src/sockets/datagrams.ts";

const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
console.log((socket.addr as Deno.NetAddr).port);
const buffer = new Uint8Array(DATAGRAM_BUFFER_BYTES);
for (;;) await socket.receive(buffer);
