import { assertEquals } from "@std/assert";
import { describeCut } from "../../../src/commands/meet/pipe_report.ts";
import { Transfer } from "../../../src/commands/meet/transfer.ts";

function transfer(
  direction: "sent" | "received",
  bytes: number,
  totalBytes?: number,
): Transfer {
  const transfer = new Transfer(direction, totalBytes, 0);
  if (bytes > 0) transfer.add(new Uint8Array(bytes));
  return transfer;
}

Deno.test("what is cut off is told by what went, and a way without anything only where it is all", () => {
  const cases: [Transfer[], string][] = [
    [[transfer("sent", 3, 5), transfer("received", 0)], "sent 3 bytes of 5 bytes"],
    [[transfer("sent", 3), transfer("received", 4)], "sent 3 bytes; received 4 bytes"],
    [[transfer("sent", 0, 5), transfer("received", 0)], "sent 0 bytes of 5 bytes"],
    [[transfer("received", 0)], "received 0 bytes"],
    [[transfer("sent", 0), transfer("received", 0)], "sent 0 bytes; received 0 bytes"],
  ];
  for (const [transfers, extents] of cases) {
    assertEquals(
      describeCut({
        remoteName: "192.0.2.1:1",
        ending: "lost",
        closeReason: undefined,
        isRestarted: false,
        transfers,
      }),
      `cut off: 192.0.2.1:1 fell silent before all had arrived; ${extents}`,
    );
  }
});
