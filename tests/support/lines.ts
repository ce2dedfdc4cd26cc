/**
 * Lines of text from a byte stream, as programs print them.
 *
 * @module
 */

/**
 * Yields each complete line without its line feed; a last line without one is yielded at the end.
 *
 * @param stream read to its end; cancelled when the caller stops early
 */
export async function* readLines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}
