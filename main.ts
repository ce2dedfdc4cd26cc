/**
 * The program: the server, or one of the peers' commands when the first argument names one. Exit
 * code 0 after a clean stop, 1 for a failure (the server cannot listen, a peer cannot connect, a file
 * did not arrive), 2 for a mistake on the command line or a Deno that is too old, 128 + signal after a
 * second signal.
 *
 * @module
 */

import { type Program, runProgram } from "./src/cli/command.ts";
import { DenoProcess } from "./src/cli/process_io.ts";
import { PEER_COMMANDS } from "./src/commands/mod.ts";
import { SERVER_COMMAND } from "./src/server/command.ts";
import { PROGRAM, runtimeFault, VERSION } from "./src/version.ts";

/** The program, from which usage, man page and completions are made as well. */
export const program: Program = {
  name: PROGRAM,
  summary: "rendezvous server for UDP hole punching, and its peers",
  description: [
    "Without a command it is the server: it tells two peers behind NATs each other's public " +
    "endpoints, so that they can send datagrams to each other directly. A peer shows its endpoint " +
    "with one UDP datagram and says over TCP whom it wants to meet. The server relays nothing, " +
    "writes no files and never sends a UDP datagram.",
    "With a command it is one of the peers. Two of them meet by a code that one side makes and the " +
    "other types, or by their public addresses.",
  ],
  version: VERSION,
  fault: runtimeFault(Deno.version.deno),
  main: SERVER_COMMAND,
  commands: PEER_COMMANDS,
  examples: [
    { args: "-port=7000 -log_format=json", does: "Serves on port 7000, with a log for programs" },
    {
      args: "host -server=rendezvous.example.org",
      does: "Waits for others, and prints the line with a new code that they have to type",
    },
    {
      args: "join rendezvous.example.org/008J-4CT4-ANK7-F24S-94",
      does: "Meets that host: what is typed on one side appears on the other",
    },
    {
      args: "host -server=rendezvous.example.org < holiday.zip",
      does: "Sends a file to the first who joins and has `> holiday.zip` behind the printed line",
    },
    {
      args: "host -server=rendezvous.example.org -forward=127.0.0.1:51820",
      does: "Lets those who have its code reach the UDP service on port 51820 of this machine",
    },
    {
      args: "join rendezvous.example.org/008J-4CT4-ANK7-F24S-94 -listen=51820",
      does: "Reaches that service by port 51820 of another machine",
    },
    {
      args: "probe -server=rendezvous.example.org",
      does: "Says what the NAT in front of this machine does",
    },
  ],
};

if (import.meta.main) {
  const process = new DenoProcess();
  await process.exit(await runProgram(program, Deno.args, process));
}
