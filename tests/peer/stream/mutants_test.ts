import { copyMutated } from "../../simulation/mutate.ts";
import type { StreamsClass } from "./world/stream_peer.ts";
import { BrokenRule } from "./world/watch.ts";
import { STREAM_MUTANTS, type StreamMutant } from "./mutants/mutants.ts";

const ROOM = { folder: "peer/stream/", copied: ["peer/stream/"] };
/** A mutant that lives through so many seeds is one that nobody sees. */
const MAX_SEEDS = 4;

for (const mutant of STREAM_MUTANTS) {
  Deno.test(`it is noticed that ${mutant.name}`, async () => {
    const directory = await Deno.makeTempDir();
    try {
      const room = await copyMutated(mutant, directory, ROOM);
      const { Streams } = await import(new URL("streams.ts", room).href);
      if (isNoticed(mutant, Streams)) return;
      throw new Error(`Cannot catch the mutant: expected a failure within ${MAX_SEEDS} seeds`);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  });
}

function isNoticed({ shownBy }: StreamMutant, streamsClass: StreamsClass): boolean {
  for (let seed = 1; seed <= MAX_SEEDS; seed++) {
    try {
      shownBy(seed, streamsClass);
    } catch (error) {
      if (error instanceof BrokenRule) return true;
      throw error;
    }
  }
  return false;
}
