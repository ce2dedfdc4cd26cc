import { assert, assertEquals } from "@std/assert";
import {
  type Finished,
  initiate,
  readInitiation,
  readResponse,
  respond,
} from "../../../src/peer/channel/noise.ts";
import { decrypt, encrypt, nonceOf, NOTHING } from "../../../src/peer/channel/primitives.ts";
import vector from "../../vectors/noise.json" with { type: "json" };

const hex = (text: string) => Uint8Array.fromHex(text);
const PSK = hex(vector.psk);
const PROLOGUE = hex(vector.prologue);
const INITIATOR = hex(vector.initiator_ephemeral);
const RESPONDER = hex(vector.responder_ephemeral);
const [FIRST, SECOND, ...TRANSPORT] = vector.messages;
/** Points of small order on the curve (RFC 7748, section 6.1). */
const SMALL_ORDER = [
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
];

function shake(): { initiator: Finished; responder: Finished } {
  const one = initiate(PSK, PROLOGUE, INITIATOR, () => hex(FIRST.payload));
  assertEquals(one.message.toHex(), FIRST.ciphertext);
  const heard = readInitiation(PSK, PROLOGUE, one.message)!;
  assertEquals(heard.payload.toHex(), FIRST.payload);
  const two = respond(heard, RESPONDER, () => hex(SECOND.payload))!;
  assertEquals(two.message.toHex(), SECOND.ciphertext);
  const answer = readResponse(one.state, two.message)!;
  assertEquals(answer.payload.toHex(), SECOND.payload);
  return { initiator: answer.finished, responder: two.finished };
}

Deno.test("the handshake is that of the public vector, and so is what follows", () => {
  const { initiator, responder } = shake();
  assertEquals(initiator, responder);
  for (const [i, { payload, ciphertext }] of TRANSPORT.entries()) {
    const key = i % 2 === 0 ? initiator.initiatorKey : initiator.responderKey;
    const nonce = nonceOf(Math.floor(i / 2));
    assertEquals(encrypt(key, nonce, NOTHING, hex(payload)).toHex(), ciphertext);
    assertEquals(decrypt(key, nonce, NOTHING, hex(ciphertext))?.toHex(), payload);
  }
});

Deno.test("a message with any bit changed, cut or lengthened does not verify", () => {
  const one = initiate(PSK, PROLOGUE, INITIATOR, () => hex(FIRST.payload));
  const heard = readInitiation(PSK, PROLOGUE, one.message)!;
  const two = respond(heard, RESPONDER, () => hex(SECOND.payload))!;
  const reads = [
    { message: one.message, read: (bytes: Uint8Array) => readInitiation(PSK, PROLOGUE, bytes) },
    { message: two.message, read: (bytes: Uint8Array) => readResponse(one.state, bytes) },
  ];
  for (const { message, read } of reads) {
    for (let bit = 0; bit < 8 * message.length; bit++) {
      // X25519 ignores the highest bit of a key, but the hash of the handshake does not.
      const changed = message.slice();
      changed[bit >> 3] ^= 1 << (bit & 7);
      assertEquals(read(changed), undefined, `bit ${bit}`);
    }
    for (let length = 0; length < message.length; length++) {
      assertEquals(read(message.subarray(0, length)), undefined);
    }
    assertEquals(read(Uint8Array.of(...message, 0)), undefined);
    assert(read(message) !== undefined, "what does not verify has changed nothing");
  }
});

Deno.test("another psk, another prologue: the first message already does not verify", () => {
  const one = initiate(PSK, PROLOGUE, INITIATOR, () => hex(FIRST.payload));
  assertEquals(readInitiation(PSK.toReversed(), PROLOGUE, one.message), undefined);
  assertEquals(readInitiation(PSK, PROLOGUE.toReversed(), one.message), undefined);
});

Deno.test("keys that X25519 refuses are refused by both sides", () => {
  const one = initiate(PSK, PROLOGUE, INITIATOR, () => NOTHING);
  const heard = readInitiation(PSK, PROLOGUE, one.message)!;
  for (const text of SMALL_ORDER) {
    const publicKey = hex(text);
    assertEquals(respond({ ...heard, publicKey }, RESPONDER, () => NOTHING), undefined);
    const forged = new Uint8Array(48);
    forged.set(publicKey);
    assertEquals(readResponse(one.state, forged), undefined);
  }
});

Deno.test("a payload can name the hash of the handshake before it", () => {
  const hashes: string[] = [];
  const note = (hash: Uint8Array) => {
    hashes.push(hash.toHex());
    return NOTHING;
  };
  const one = initiate(PSK, PROLOGUE, INITIATOR, note);
  const heard = readInitiation(PSK, PROLOGUE, one.message)!;
  const two = respond(heard, RESPONDER, note)!;
  const answer = readResponse(one.state, two.message)!;
  assertEquals(hashes, [heard.hashBefore.toHex(), answer.hashBefore.toHex()]);
  assertEquals(new Set(hashes).size, 2);
});
