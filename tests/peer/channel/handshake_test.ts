import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { Initiator, readKnock, Responder } from "../../../src/peer/channel/handshake.ts";
import { fingerprintOf } from "../../../src/peer/channel/fingerprint.ts";
import { LinkKeys, roleAmongEquals } from "../../../src/peer/channel/link_keys.ts";
import { decodePacket, type SealedPacket } from "../../../src/peer/channel/packet.ts";
import { Resumption } from "../../../src/peer/channel/resumption.ts";
import vectors from "../../vectors/link.json" with { type: "json" };
import { hex, INPUTS, meeting, OBSERVED, open, scripted, shake } from "./meeting.ts";

const NOTHING = new Uint8Array(0);
const EARLIER = new Resumption(new Uint8Array(32).fill(0x55));
const OTHER = new Resumption(new Uint8Array(32).fill(0x66));

const sealed = (bytes: Uint8Array) => decodePacket(bytes) as SealedPacket;

Deno.test("id, psk, probe keys and prologue are those of the vector", () => {
  const { fresh } = vectors;
  const keys = new LinkKeys(INPUTS.pair_key, hex(fresh.S));
  assertEquals(keys.id.toHex(), fresh.id);
  assertEquals(keys.psk.toHex(), fresh.psk);
  assertEquals(keys.probeKey("initiator").toHex(), fresh.probe_initiator);
  assertEquals(keys.probeKey("responder").toHex(), fresh.probe_responder);
  assertEquals(keys.prologue(OBSERVED).toHex(), fresh.prologue);
});

Deno.test("without a secret another psk comes of a PairKey, and nothing else differs", () => {
  const [bare, secret] = [NOTHING, hex(vectors.fresh.S)].map((secret) =>
    new LinkKeys(INPUTS.pair_key.toUpperCase(), secret)
  );
  assertNotEquals(bare.psk, secret.psk);
  assertEquals([bare.id, bare.probeKey("initiator")], [secret.id, secret.probeKey("initiator")]);
});

Deno.test("messages and what follows are those of the vector", () => {
  const { fresh } = vectors;
  const { initiator, message2, ofInitiator, ofResponder } = shake();
  assertEquals(initiator.message1.toHex(), fresh.message1);
  assertEquals(message2.toHex(), fresh.message2);
  const probe = ofInitiator.channel.seal("probe", NOTHING)!;
  assertEquals(probe.toHex(), fresh.first_probe);
  assertEquals(ofResponder.channel.open(sealed(probe), 0), NOTHING);
  const answer = ofResponder.channel.seal("answer", NOTHING)!;
  assertEquals(answer.toHex(), fresh.first_answer);
  for (const { resumption, resumed, fingerprint } of [ofInitiator, ofResponder]) {
    assertEquals(resumption.name.toHex(), fresh.resume_id);
    assertEquals(resumed, undefined);
    assertEquals(fingerprint, fingerprintOf(hex(fresh.handshake_hash)));
  }
});

Deno.test("messages that resume are those of the vector", () => {
  const { resumed } = vectors;
  const held = new Resumption(new Uint8Array(32).fill(0x33));
  const { initiator, message2, ofInitiator, ofResponder } = shake({
    initiator: held,
    responder: held,
  });
  assertEquals(initiator.message1.toHex(), resumed.message1);
  assertEquals(message2.toHex(), resumed.message2);
  for (const { resumption, resumed: proven, fingerprint } of [ofInitiator, ofResponder]) {
    assertEquals(proven, held);
    assertEquals(resumption.name.toHex(), resumed.resume_id);
    assertEquals(fingerprint, fingerprintOf(hex(resumed.handshake_hash)));
  }
});

Deno.test("a fingerprint is all 64 bits as 20 digits in four groups", () => {
  const { handshake_hash, fingerprint8 } = vectors.fresh;
  const digits = String(BigInt(`0x${fingerprint8}`)).padStart(20, "0");
  const text = fingerprintOf(hex(handshake_hash));
  assertEquals(text.split(" ").map(({ length }) => length), [5, 5, 5, 5]);
  assertEquals(text.replaceAll(" ", ""), digits);
});

Deno.test("both resume where both hold the same, neither where one does not", () => {
  const { ofInitiator, ofResponder } = shake({ initiator: EARLIER, responder: EARLIER });
  assertEquals([ofInitiator.resumed, ofResponder.resumed], [EARLIER, EARLIER]);
  for (
    const held of [
      { initiator: EARLIER },
      { responder: EARLIER },
      { initiator: EARLIER, responder: OTHER },
      {},
    ]
  ) {
    const { ofInitiator, ofResponder } = shake(held);
    assertEquals([ofInitiator.resumed, ofResponder.resumed], [undefined, undefined]);
  }
});

Deno.test("whoever resumes or does not has the same handshake keys: the psk knows nothing of it", () => {
  const resumed = shake({ initiator: EARLIER, responder: EARLIER });
  const fresh = shake();
  const of = ({ ofInitiator }: typeof fresh) => ofInitiator.resumption.name;
  assertEquals(of(resumed), of(fresh));
  assertNotEquals(resumed.message2, fresh.message2);
});

Deno.test("a proof of one handshake proves nothing in another", () => {
  const { initiator } = shake({ initiator: EARLIER, responder: EARLIER });
  const recorded = open(initiator.message1);
  const elsewhere = meeting("responder", { pairKey: "ff".repeat(16) });
  assertEquals(
    new Responder(elsewhere, scripted(INPUTS.e_responder_private)).read(recorded),
    undefined,
  );
  const hash = new Uint8Array(32);
  assert(EARLIER.proves1(EARLIER.payload1(hash), hash));
  assert(!EARLIER.proves1(EARLIER.payload1(hash), new Uint8Array(32).fill(1)));
  assert(EARLIER.proves2(EARLIER.payload2(hash), hash));
  assert(!EARLIER.proves2(EARLIER.payload2(hash), new Uint8Array(32).fill(1)));
  assert(!EARLIER.proves2(EARLIER.payload1(hash).subarray(8), hash), "reflected");
});

Deno.test("another secret, or other observed endpoints: message 1 is genuine, and cannot be read", () => {
  const initiator = new Initiator(
    meeting("initiator"),
    scripted(INPUTS.e_initiator_private),
    undefined,
  );
  const message1 = open(initiator.message1);
  const swapped = { initiator: OBSERVED.responder, responder: OBSERVED.initiator };
  for (const change of [{ secret: NOTHING }, { observed: swapped }]) {
    const responder = new Responder(
      meeting("responder", change),
      scripted(INPUTS.e_responder_private),
    );
    assert(responder.isGenuine(message1));
    assertEquals(responder.read(message1), undefined);
  }
});

Deno.test("a side takes nothing that it made itself, and nothing that anybody changed", () => {
  const { initiator, responder, message2 } = shake();
  const knocks = [responder.knock("nothing"), responder.knock("another secret")];
  assertEquals(knocks.map((knock) => readKnock(open(knock))), ["nothing", "another secret"]);
  for (const bytes of [message2, ...knocks]) {
    assert(initiator.isGenuine(open(bytes)));
    assert(!responder.isGenuine(open(bytes)));
  }
  assert(responder.isGenuine(open(initiator.message1)));
  assert(!initiator.isGenuine(open(initiator.message1)));
  for (const [reader, bytes] of [[responder, initiator.message1], [initiator, message2]] as const) {
    for (let bit = 8; bit < 8 * bytes.length; bit++) {
      const changed = bytes.slice();
      changed[bit >> 3] ^= 1 << (bit & 7);
      assert(!reader.isGenuine(open(changed)), `bit ${bit}`);
    }
  }
});

Deno.test("a knock is as long as message 1, and every packet is made once", () => {
  const { initiator, responder } = shake();
  assertEquals(responder.knock("nothing").length, initiator.message1.length);
  assertEquals(responder.knock("nothing"), responder.knock("nothing"));
  assertEquals(initiator.message1, initiator.message1);
});

Deno.test("of two equal peers the smaller endpoint initiates; equal endpoints are oneself", () => {
  const { initiator: a, responder: b } = OBSERVED;
  assertEquals([roleAmongEquals(a, b), roleAmongEquals(b, a)], ["responder", "initiator"]);
  assertEquals(roleAmongEquals(a, { ...a }), undefined);
  assertEquals(roleAmongEquals(a, { ...a, port: a.port + 1 }), "initiator");
  const v6 = { address: "2001:db8::1", port: 1 };
  assertEquals(roleAmongEquals(a, v6), "initiator");
});

Deno.test("nothing that prints itself shows a key or a secret", () => {
  const { initiator, responder, ofInitiator } = shake({ initiator: EARLIER, responder: EARLIER });
  const { fresh, resumed } = vectors;
  const keys = new LinkKeys(INPUTS.pair_key, hex(fresh.S));
  const depth = { depth: 20, iterableLimit: 1_000, strAbbreviateSize: 10_000 };
  for (const thing of [initiator, responder, ofInitiator, keys, EARLIER]) {
    const printed = Deno.inspect(thing, depth).replaceAll(/\s/g, "") + JSON.stringify(thing);
    for (
      const secret of [
        fresh.psk,
        fresh.S,
        fresh.key_i2r,
        fresh.key_r2i,
        resumed.key_i2r,
        fresh.probe_initiator,
        INPUTS.e_initiator_private,
        INPUTS.pair_key,
      ]
    ) {
      const bytes = hex(secret).subarray(0, 4);
      assert(!printed.includes(secret) && !printed.includes(bytes.join()), Deno.inspect(thing));
    }
  }
});
