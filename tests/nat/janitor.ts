/**
 * Removes a lab whose process was interrupted or killed: a small program of its own waits for that
 * process to end, whichever way it ends, and then cleans up what still bears the lab's name.
 *
 * @module
 */

const SCRIPT = `
cat > /dev/null
for name in $(ip netns list | cut -d ' ' -f 1 | grep "^$0-"); do
  ip netns pids "$name" | xargs -r kill
  rm -rf "/etc/netns/$name"
  ip netns delete "$name"
done
`;

/**
 * Starts a janitor.
 *
 * @param labName what the names of the lab's namespaces begin with, without the dash after it
 * @returns to be disposed of last: the janitor then finds nothing to do and ends
 */
export function startJanitor(labName: string): AsyncDisposable {
  const child = new Deno.Command("sh", {
    args: ["-c", SCRIPT, labName],
    // Signals for the whole group of the test must not stop the one who cleans up.
    detached: true,
    stdin: "piped",
    stdout: "null",
    stderr: "null",
  }).spawn();
  return {
    async [Symbol.asyncDispose]() {
      await child.stdin.close();
      await child.status;
    },
  };
}
