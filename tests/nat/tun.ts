/**
 * TUN devices: IP packets of the kernel, read and written by this process. Needs root, and FFI for
 * the one `ioctl` that Deno has no call for.
 *
 * @module
 */

/** `ioctl` that attaches an open `/dev/net/tun` to a device (linux/if_tun.h). */
const TUNSETIFF = 0x400454can;
/** Layer 3, without a header in front of each packet. */
const IFF_TUN_NO_PI = 0x1001;
const IFREQ_BYTES = 40;
const IFNAME_BYTES = 16;
const O_RDWR = 2;
/** More than a device's MTU. */
const PACKET_BYTES = 2048;

const libc = Deno.dlopen("libc.so.6", {
  open: { parameters: ["buffer", "i32"], result: "i32" },
  ioctl: { parameters: ["i32", "u64", "buffer"], result: "i32" },
  read: { parameters: ["i32", "buffer", "usize"], result: "isize", nonblocking: true },
  write: { parameters: ["i32", "buffer", "usize"], result: "isize" },
}).symbols;

/** An attached device. */
export class TunDevice {
  readonly #descriptor: number;
  readonly #buffer = new Uint8Array(PACKET_BYTES);

  /**
   * Attaches to a device; makes it where there is none.
   *
   * @throws {Error} when the kernel refuses
   */
  constructor(name: string) {
    const encoder = new TextEncoder();
    const descriptor = libc.open(encoder.encode("/dev/net/tun\0"), O_RDWR);
    const request = new Uint8Array(IFREQ_BYTES);
    request.set(encoder.encode(name));
    new DataView(request.buffer).setUint16(IFNAME_BYTES, IFF_TUN_NO_PI, true);
    if (descriptor < 0 || libc.ioctl(descriptor, TUNSETIFF, request) < 0) {
      throw new Error(`Cannot open the TUN device ${name}: expected a descriptor, received none`);
    }
    this.#descriptor = descriptor;
  }

  /** The next packet that the kernel sends into the device, in bytes of its own. */
  async read(): Promise<Uint8Array> {
    const length = Number(
      await libc.read(this.#descriptor, this.#buffer, BigInt(PACKET_BYTES)),
    );
    if (length <= 0) throw new Error(`Cannot read from the TUN device: received ${length}`);
    return this.#buffer.slice(0, length);
  }

  /** Gives the kernel a packet that came out of the device. */
  write(packet: Uint8Array): void {
    libc.write(this.#descriptor, packet as Uint8Array<ArrayBuffer>, BigInt(packet.length));
  }
}
