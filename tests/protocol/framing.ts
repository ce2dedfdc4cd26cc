/**
 * What a stream gives, however it is cut into chunks.
 *
 * @module
 */

import { JsonStream } from "../../src/protocol/json_stream.ts";

/** The complete objects of a stream as text, and how it ended. */
export interface FramedStream {
  readonly objects: string[];
  readonly fault: string | undefined;
  readonly partial: boolean;
}

/** Pushes the chunks into a new stream and copies what comes out, as an owner must. */
export function frame(chunks: Iterable<Uint8Array>): FramedStream {
  const decoder = new TextDecoder();
  const stream = new JsonStream();
  const objects: string[] = [];
  let fault: string | undefined;
  for (const chunk of chunks) {
    for (const framed of stream.push(chunk)) {
      if (framed.ok) objects.push(decoder.decode(framed.value));
      else if (fault === undefined) fault = framed.reason;
      else throw new Error(`Cannot fault twice: ${fault}, then ${framed.reason}`);
    }
  }
  return { objects, fault, partial: stream.partial && fault === undefined };
}
