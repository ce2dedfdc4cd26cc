/**
 * What the kernel says of a process and of a port. Linux only.
 *
 * @module
 */

/** `USER_HZ`, the same on every Linux that Deno runs on. */
const TICKS_PER_SECOND = 100;

/** Number of open descriptors. */
export function openDescriptors(pid: number): number {
  return [...Deno.readDirSync(`/proc/${pid}/fd`)].length;
}

/** Resident memory in bytes. */
export function residentBytes(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(read(pid, "status")) ?? [];
  return Number(kilobytes) * 1024;
}

/** Processor time that was used since the start, in seconds. */
export function processorSeconds(pid: number): number {
  // The name of the program stands in parentheses and may hold spaces.
  const fields = read(pid, "stat").replace(/^.*\) /, "").split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Processor time that all processes and the kernel used since the machine started, in seconds. */
export function busySeconds(): number {
  const [, user, nice, system, , , irq, softirq] = read("", "stat").split("\n")[0].split(/ +/);
  const ticks = [user, nice, system, irq, softirq].reduce((sum, part) => sum + Number(part), 0);
  return ticks / TICKS_PER_SECOND;
}

/** Time in which the first thread could have run and had to wait for a processor, in seconds. */
export function starvedSeconds(pid: number): number {
  return Number(read(pid, "schedstat").split(" ")[1]) / 1e9;
}

/** Datagrams that the system dropped because nobody read them from this UDP port in time. */
export function droppedDatagrams(port: number): number {
  const hexPort = port.toString(16).toUpperCase().padStart(4, "0");
  return droppedWhere((fields) => fields[1].endsWith(`:${hexPort}`));
}

/** Datagrams that the system dropped because a process did not read its sockets in time. */
export function droppedByProcess(pid: number): number {
  const links = [...Deno.readDirSync(`/proc/${pid}/fd`)].map(({ name }) =>
    Deno.readLinkSync(`/proc/${pid}/fd/${name}`)
  );
  const inodes = new Set(links.map((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1]));
  return droppedWhere((fields) => inodes.has(fields[INODE_FIELD]));
}

/** Where the inode of a socket stands in its line of `/proc/net/udp`. */
const INODE_FIELD = 9;

function droppedWhere(isMeant: (fields: readonly string[]) => boolean): number {
  let dropped = 0;
  for (const table of ["udp", "udp6"]) {
    for (const line of read("net", table).trim().split("\n").slice(1)) {
      const fields = line.trim().split(/\s+/);
      if (isMeant(fields)) dropped += Number(fields.at(-1));
    }
  }
  return dropped;
}

/** How many descriptors a process started from here may have. */
export function descriptorLimit(): number {
  const [, hard] = /^Max open files\s+\d+\s+(\d+|unlimited)/m.exec(read("self", "limits")) ?? [];
  return hard === "unlimited" ? Infinity : Number(hard);
}

function read(pid: number | "self" | "net" | "", file: string): string {
  return Deno.readTextFileSync(`/proc/${pid}/${file}`);
}
