"""A peer of docs/LINK.md, written from that page alone, with nothing but Python's own library.

It reads one JSON object a line: {"role", "pair_key", "secret", "own", "remote"}. With each it meets
the remote peer, sends b"hello from python", waits for a datagram, and prints one JSON object: what it
received, the fingerprint, and whether the link resumed the first one. A last line "close" closes the
link. Endpoints are "IPv4:port"; it binds the port of the first "own".
"""

import hashlib
import hmac
import ipaddress
import json
import os
import socket
import struct
import sys
import time

# --- X25519, RFC 7748 ---------------------------------------------------------------------------

PRIME = 2**255 - 19


def x25519(private, public):
    scalar = int.from_bytes(private, "little")
    scalar = (scalar & ~7 & (2**255 - 1)) | 2**254
    x1 = int.from_bytes(public, "little") & (2**255 - 1)
    x2, z2, x3, z3, swapped = 1, 0, x1, 1, 0
    for bit in reversed(range(255)):
        now = scalar >> bit & 1
        if swapped != now:
            x2, x3, z2, z3 = x3, x2, z3, z2
        swapped = now
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        aa, bb, da, cb = a * a, b * b, d * a, c * b
        x3, z3 = (da + cb) ** 2 % PRIME, x1 * (da - cb) ** 2 % PRIME
        e = aa - bb
        x2, z2 = aa * bb % PRIME, e * (aa + 121665 * e) % PRIME
    if swapped:
        x2, z2 = x3, z3
    return (x2 * pow(z2, PRIME - 2, PRIME) % PRIME).to_bytes(32, "little")


BASE = (9).to_bytes(32, "little")

# --- AES-256-GCM, FIPS 197 and SP 800-38D -------------------------------------------------------


def times2(byte):
    return (byte << 1 ^ 0x11B) & 0xFF if byte & 0x80 else byte << 1


def make_sbox():
    box, p, q = [0] * 256, 1, 1
    while True:
        p = p ^ times2(p)
        q ^= q << 1
        q ^= q << 2
        q ^= q << 4
        q &= 0xFF
        if q & 0x80:
            q ^= 0x09
        rotated = [(q << n | q >> 8 - n) & 0xFF for n in range(5)]
        box[p] = rotated[0] ^ rotated[1] ^ rotated[2] ^ rotated[3] ^ rotated[4] ^ 0x63
        if p == 1:
            break
    box[0] = 0x63
    return box


SBOX = make_sbox()


def expand(key):
    words = [list(key[i : i + 4]) for i in range(0, 32, 4)]
    constant = 1
    for i in range(8, 60):
        word = list(words[i - 1])
        if i % 8 == 0:
            word = [SBOX[byte] for byte in word[1:] + word[:1]]
            word[0] ^= constant
            constant = times2(constant)
        elif i % 8 == 4:
            word = [SBOX[byte] for byte in word]
        words.append([a ^ b for a, b in zip(words[i - 8], word)])
    return [sum(words[i : i + 4], []) for i in range(0, 60, 4)]


def encrypt_block(rounds, block):
    state = [a ^ b for a, b in zip(block, rounds[0])]
    for number, keys in enumerate(rounds[1:], 1):
        state = [SBOX[state[(i + 4 * (i % 4)) % 16]] for i in range(16)]
        if number < len(rounds) - 1:
            mixed = []
            for i in range(0, 16, 4):
                a = state[i : i + 4]
                every = a[0] ^ a[1] ^ a[2] ^ a[3]
                mixed += [a[j] ^ every ^ times2(a[j] ^ a[(j + 1) % 4]) for j in range(4)]
            state = mixed
        state = [a ^ b for a, b in zip(state, keys)]
    return bytes(state)


def ghash(h, data):
    y = 0
    for i in range(0, len(data), 16):
        y ^= int.from_bytes(data[i : i + 16].ljust(16, b"\0"), "big")
        z, v = 0, h
        for bit in reversed(range(128)):
            if y >> bit & 1:
                z ^= v
            v = v >> 1 ^ (0xE1 << 120 if v & 1 else 0)
        y = z
    return y


def padded(data):
    return data + b"\0" * (-len(data) % 16)


def gcm(key, counter, associated, data, decrypts):
    rounds = expand(key)
    nonce = b"\0\0\0\0" + struct.pack(">Q", counter)
    stream = b"".join(
        encrypt_block(rounds, nonce + struct.pack(">I", n + 2)) for n in range(len(data) // 16 + 1)
    )
    out = bytes(a ^ b for a, b in zip(data, stream))
    ciphertext = data if decrypts else out
    lengths = struct.pack(">QQ", 8 * len(associated), 8 * len(ciphertext))
    h = int.from_bytes(encrypt_block(rounds, bytes(16)), "big")
    tag = ghash(h, padded(associated) + padded(ciphertext) + lengths)
    mask = int.from_bytes(encrypt_block(rounds, nonce + b"\0\0\0\1"), "big")
    return out, (tag ^ mask).to_bytes(16, "big")


def seal(key, counter, associated, data):
    out, tag = gcm(key, counter, associated, data, False)
    return out + tag


def unseal(key, counter, associated, sealed):
    out, tag = gcm(key, counter, associated, sealed[:-16], True)
    return out if hmac.compare_digest(tag, sealed[-16:]) else None


# --- docs/LINK.md -------------------------------------------------------------------------------

PROTOCOL = b"containment breach link 2"
NAME = b"Noise_NNpsk0_25519_AESGCM_SHA256"


def sha256(data):
    return hashlib.sha256(data).digest()


def half_hmac(key, data):
    return hmac.new(key, data, hashlib.sha256).digest()[:16]


def hkdf(salt, key, info, length):
    secret = hmac.new(salt or bytes(32), key, hashlib.sha256).digest()
    out, block, number = b"", b"", 1
    while len(out) < length:
        block = hmac.new(secret, block + info + bytes([number]), hashlib.sha256).digest()
        out, number = out + block, number + 1
    return out[:length]


def parse(endpoint):
    address, port = endpoint.rsplit(":", 1)
    return address, int(port)


def endpoint_bytes(address, port):
    packed = ipaddress.ip_address(address).packed
    mapped = packed if len(packed) == 16 else bytes(10) + b"\xff\xff" + packed
    return mapped + struct.pack(">H", port)


class Noise:
    """ck, h and k of the handshake."""

    def __init__(self, psk, prologue):
        self.ck, self.h = NAME, sha256(NAME + prologue)
        self.ck, t, self.k = self.keys(psk, 3)
        self.h = sha256(self.h + t)

    def keys(self, data, count):
        made = hkdf(self.ck, data, b"", 32 * count)
        return [made[i : i + 32] for i in range(0, 32 * count, 32)]

    def mix(self, data):
        self.ck, self.k = self.keys(data, 2)

    def ephemeral(self, public):
        self.h = sha256(self.h + public)
        self.mix(public)

    def write(self, payload):
        sealed = seal(self.k, 0, self.h, payload)
        self.h = sha256(self.h + sealed)
        return sealed

    def read(self, sealed):
        payload = unseal(self.k, 0, self.h, sealed)
        self.h = sha256(self.h + sealed)
        return payload


def name_of(resume):
    return hkdf(b"", resume, b"resume id", 8)


class Link:
    """One link, from its introduction on."""

    def __init__(self, udp, meeting, resume):
        pair_key, secret = bytes.fromhex(meeting["pair_key"]), bytes.fromhex(meeting["secret"])
        self.udp, self.remote, self.resume = udp, parse(meeting["remote"]), resume
        self.initiates = meeting["role"] == "initiator"
        self.id = hkdf(PROTOCOL, pair_key, b"id", 8)
        psk = hkdf(PROTOCOL, pair_key + secret, b"psk", 32)
        probe_keys = [
            hkdf(PROTOCOL, pair_key, b"probe " + role, 32) for role in (b"initiator", b"responder")
        ]
        self.own_probe_key, self.remote_probe_key = probe_keys[:: 1 if self.initiates else -1]
        ends = [endpoint_bytes(*parse(meeting[end])) for end in ("own", "remote")]
        self.start = (psk, PROTOCOL + self.id + b"".join(ends[:: 1 if self.initiates else -1]))
        self.private = os.urandom(32)
        self.public = x25519(self.private, BASE)
        self.resumed, self.sealing, self.message2 = False, None, None
        self.heard, self.received, self.is_closed, self.taken = False, [], False, set()
        if self.initiates:
            self.noise = Noise(*self.start)
            self.noise.ephemeral(self.public)
            proof = half_hmac(resume, b"resume 1" + self.noise.h) if resume else None
            payload = name_of(resume) + proof if resume else os.urandom(24)
            self.repeated = self.open_packet(1, self.public + self.noise.write(payload))
        else:
            self.repeated = self.open_packet(3, bytes(72))

    def open_packet(self, first, content):
        packet = bytes([first]) + self.id + content
        return packet + half_hmac(self.own_probe_key, packet)

    def send_sealed(self, kind, body):
        head = bytes([4 * kind]) + self.id + struct.pack(">Q", self.counter)[2:]
        self.udp.sendto(head + seal(self.sealing[0], self.counter, head, body), self.remote)
        self.counter += 1

    def finish(self, noise):
        initiator_key, responder_key = noise.keys(b"", 2)
        keys = (initiator_key, responder_key)
        self.sealing, self.counter = keys[:: 1 if self.initiates else -1], 0
        digits = str(int.from_bytes(hkdf(b"", noise.h, b"fingerprint", 8), "big")).rjust(20, "0")
        self.fingerprint = " ".join(digits[i : i + 5] for i in range(0, 20, 5))
        self.new_resume = hkdf(b"", noise.ck, b"resume", 32)

    def tick(self):
        if self.sealing and self.initiates:
            self.send_sealed(5, bytes(24))
        else:
            self.udp.sendto(self.message2 or self.repeated, self.remote)

    def receive(self, packet, source):
        if len(packet) < 25 or packet[1:9] != self.id:
            return
        if 20 <= packet[0] < 40:
            return self.on_sealed(packet, source)
        if half_hmac(self.remote_probe_key, packet[:-16]) != packet[-16:]:
            return
        if packet[0] == 1 and not self.initiates:
            self.on_message1(packet[9:-16])
        elif packet[0] == 2 and self.initiates and self.sealing is None:
            self.on_message2(packet[9:-16])

    def on_message1(self, content):
        if self.message2 is None:
            noise = Noise(*self.start)
            noise.ephemeral(content[:32])
            before = noise.h
            payload = noise.read(content[32:])
            if payload is None:
                return
            shared = x25519(self.private, content[:32])
            noise.ephemeral(self.public)
            noise.mix(shared)
            if self.resume:
                proof = name_of(self.resume) + half_hmac(self.resume, b"resume 1" + before)
                self.resumed = payload == proof
            answer = half_hmac(self.resume, b"resume 2" + noise.h) if self.resumed else None
            sealed = noise.write(answer or os.urandom(16))
            self.message2 = self.open_packet(2, self.public + sealed)
            self.finish(noise)
        self.udp.sendto(self.message2, self.remote)

    def on_message2(self, content):
        noise = self.noise
        noise.ephemeral(content[:32])
        noise.mix(x25519(self.private, content[:32]))
        before = noise.h
        payload = noise.read(content[32:])
        if payload is None:
            raise SystemExit("message 2 does not verify")
        if self.resume:
            self.resumed = payload == half_hmac(self.resume, b"resume 2" + before)
        self.finish(noise)
        self.tick()

    def on_sealed(self, packet, source):
        counter = int.from_bytes(packet[9:15], "big")
        if self.sealing is None or counter in self.taken:
            return
        body = unseal(self.sealing[1], counter, packet[:15], packet[15:])
        if body is None:
            return
        self.taken.add(counter)
        self.heard = True
        kind = packet[0] >> 2
        if kind == 5:
            self.send_sealed(6, packet[9:15] + endpoint_bytes(*source))
        elif kind == 7:
            self.received.append(body)
        elif kind == 8:
            self.is_closed = True

    def run(self, is_done, seconds):
        deadline, next_tick = time.monotonic() + seconds, 0.0
        while not is_done():
            now = time.monotonic()
            if now > deadline:
                raise SystemExit("nothing came in time")
            if now >= next_tick and not self.heard:
                self.tick()
                next_tick = now + 0.25
            try:
                self.receive(*self.udp.recvfrom(65535))
            except (socket.timeout, BlockingIOError):
                pass


def main():
    udp, resume, link = None, None, None
    for line in sys.stdin:
        if line.strip() == "close":
            link.send_sealed(8, b"")
            link.run(lambda: link.is_closed, 5)
            print(json.dumps({"closed": True}), flush=True)
            break
        meeting = json.loads(line)
        if udp is None:
            udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            udp.bind(parse(meeting["own"]))
            udp.settimeout(0.05)
        link = Link(udp, meeting, resume)
        link.run(lambda: link.heard, 10)
        link.send_sealed(7, b"hello from python")
        link.run(lambda: link.received, 10)
        if not link.resumed:
            resume = link.new_resume
        report = {
            "received": link.received[0].decode(),
            "fingerprint": link.fingerprint,
            "resumed": link.resumed,
        }
        print(json.dumps(report), flush=True)


main()
