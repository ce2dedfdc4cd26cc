import { assert, assertEquals } from "@std/assert";
import { decodeRegistration, decodeRequest } from "../../src/protocol/decode.ts";
import { MAX_PEER_PORT, MIN_PEER_PORT } from "../../src/protocol/message.ts";

const encoder = new TextEncoder();

function registration(text: string) {
  return decodeRegistration(encoder.encode(text));
}

/** The decoded request, or the explanation of a refusal. */
function request(text: string) {
  const decoded = decodeRequest(encoder.encode(text));
  return decoded.ok ? decoded.value : decoded.reason;
}

/** A Peer request in which some members are written otherwise; `undefined` leaves one out. */
function peerRequest(written: Record<string, string | undefined>): string {
  const members = {
    RemoteIP: '"203.0.113.7"',
    RemotePeerPort: "2",
    LocalPeerPort: "1",
    ConnectionType: '"Peer"',
    ...written,
  };
  const texts = Object.entries(members)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `"${name}":${value}`);
  return `{${texts.join(",")}}`;
}

const PEER_REQUEST = {
  connectionType: "Peer",
  localPeerPort: 1n,
  remote: { address: "203.0.113.7", peerPort: 2n },
  extension: undefined,
};

Deno.test("a datagram of 512 bytes is read, one of 513 is not, whatever fills it", () => {
  const padded = (length: number) => '{"PeerPort":5}'.padEnd(length);
  assertEquals(registration(padded(512)), {
    ok: true,
    value: { peerPort: 5n, token: undefined },
  });
  assertEquals(registration(padded(513)), { ok: false, reason: "too_long" });
  const withMember = (length: number) => `{"PeerPort":5,"a":"${"x".repeat(length - 21)}"}`;
  assertEquals(encoder.encode(withMember(512)).length, 512);
  assertEquals(registration(withMember(512)).ok, true);
  assertEquals(registration(withMember(513)), { ok: false, reason: "too_long" });
  assertEquals(decodeRegistration(new Uint8Array(65_507)), { ok: false, reason: "too_long" });
});

Deno.test("the edges of 64 bits are exact in every PeerPort", () => {
  for (const value of [MIN_PEER_PORT, -1n, 2n ** 53n, 2n ** 53n + 1n, MAX_PEER_PORT]) {
    assertEquals(registration(`{"PeerPort":${value}}`), {
      ok: true,
      value: { peerPort: value, token: undefined },
    });
    assertEquals(
      request(peerRequest({ LocalPeerPort: `${value}`, RemotePeerPort: `${-1n - value}` })),
      {
        ...PEER_REQUEST,
        localPeerPort: value,
        remote: { address: "203.0.113.7", peerPort: -1n - value },
      },
    );
  }
  for (const value of [MIN_PEER_PORT - 1n, MAX_PEER_PORT + 1n]) {
    assertEquals(registration(`{"PeerPort":${value}}`), { ok: false, reason: "bad_peer_port" });
    for (const name of ["LocalPeerPort", "RemotePeerPort"]) {
      assertEquals(
        request(peerRequest({ [name]: `${value}` })),
        `${name}: expected a 64-bit integer, received ${value}`,
      );
    }
  }
});

Deno.test("every member is matched without regard to case", () => {
  const same = [
    (name: string) => name.toLowerCase(),
    (name: string) => name.toUpperCase(),
    (name: string) => name[0].toLowerCase() + name.slice(1),
  ];
  const written = peerRequest({
    Token: '"t"',
    LocalEndpoints: '["10.0.0.1:1"]',
    LocalName: '"a"',
    RemoteName: '"b"',
    Note: '"c"',
  });
  const expected = request(written);
  assertEquals(typeof expected, "object");
  for (const change of same) {
    const changed = written.replace(/"(\w+)":/g, (_, name) => `"${change(name)}":`);
    assertEquals(request(changed), expected, changed);
  }
  assertEquals(registration('{"pEERpORT":1,"TOKEN":"t"}'), {
    ok: true,
    value: { peerPort: 1n, token: "t" },
  });
});

Deno.test("names that are only similar are unknown members", () => {
  for (
    const name of ["Peer Port", "PeerPort ", " PeerPort", "PeerPorts", "PeerPor", "Peer_Port", ""]
  ) {
    assertEquals(registration(`{"${name}":1}`), { ok: false, reason: "missing_peer_port" }, name);
  }
});

Deno.test("an exact name wins wherever it stands, else the last of the others", () => {
  const port = (text: string) => {
    const decoded = registration(text);
    return decoded.ok ? decoded.value.peerPort : decoded.reason;
  };
  assertEquals(port('{"PeerPort":1,"peerport":2}'), 1n);
  assertEquals(port('{"peerport":2,"PeerPort":1}'), 1n);
  assertEquals(port('{"peerport":2,"PeerPort":1,"PEERPORT":3}'), 1n);
  assertEquals(port('{"PeerPort":1,"peerport":3,"PeerPort":2}'), 2n);
  assertEquals(port('{"peerport":1,"PEERPORT":2,"peerPort":3}'), 3n);
  // The one that counts decides, even where another one would be good.
  assertEquals(port('{"PeerPort":null,"peerport":1}'), "bad_peer_port");
  assertEquals(port('{"PeerPort":1,"PeerPort":"x"}'), "bad_peer_port");
  assertEquals(port('{"PeerPort":"x","PeerPort":1}'), 1n);
});

Deno.test("a missing or null member is refused by name", () => {
  for (const name of ["LocalPeerPort", "RemotePeerPort"]) {
    const expected = `${name}: expected a 64-bit integer, received`;
    assertEquals(request(peerRequest({ [name]: undefined })), `${expected} nothing`);
    assertEquals(request(peerRequest({ [name]: "null" })), `${expected} null`);
  }
  assertEquals(
    request(peerRequest({ RemoteIP: undefined })),
    "RemoteIP: expected an IP address, received nothing",
  );
  assertEquals(
    request(peerRequest({ RemoteIP: "null" })),
    "RemoteIP: expected an IP address, received null",
  );
});

Deno.test("ConnectionType is one of four words in exactly this case", () => {
  const words = ["Server", "Client", "Peer", "KeepAlive"];
  for (const word of words) {
    const decoded = request(peerRequest({ ConnectionType: `"${word}"` }));
    assert(typeof decoded === "object");
    assertEquals(typeof decoded === "object" && decoded.connectionType, word);
  }
  const wrong = ["server", "PEER", "Keepalive", "Peer ", "", "Host"];
  for (const word of wrong) {
    assertEquals(
      request(peerRequest({ ConnectionType: `"${word}"` })),
      `ConnectionType: expected "Server", "Client", "Peer" or "KeepAlive", received "${word}"`,
    );
  }
});

Deno.test("what names the remote peer is ignored where there is none", () => {
  const junk = { RemoteIP: "{}", RemotePeerPort: '"x"' };
  assertEquals(request(peerRequest({ ...junk, ConnectionType: '"Server"' })), {
    connectionType: "Server",
    localPeerPort: 1n,
    extension: undefined,
  });
  assertEquals(
    request(peerRequest({ ...junk, LocalPeerPort: undefined, ConnectionType: '"KeepAlive"' })),
    { connectionType: "KeepAlive" },
  );
});

Deno.test("a Token is 1 to 64 characters from space to ~, in requests of every type", () => {
  const good = [" ", "~", "a".repeat(64), '\\"\\\\', "\\u0041"];
  const bad = [
    '""',
    `"${"a".repeat(65)}"`,
    '"\u007f"',
    '"\\u001f"',
    '"é"',
    '"a\\nb"',
    "null",
    "1",
    "[]",
  ];
  for (const type of ["Server", "Client", "Peer", "KeepAlive"]) {
    const written = (token: string) =>
      request(peerRequest({ ConnectionType: `"${type}"`, Token: token }));
    for (const token of good) assertEquals(typeof written(`"${token}"`), "object", token);
    for (const token of bad) {
      assertEquals(`${written(token)}`.startsWith("Token: expected 1 to 64"), true, token);
    }
  }
  for (const token of good) {
    assertEquals(registration(`{"PeerPort":1,"Token":"${token}"}`).ok, true, token);
  }
  for (const token of bad) {
    const decoded = registration(`{"PeerPort":1,"Token":${token}}`);
    assertEquals(decoded, { ok: false, reason: "bad_token" }, token);
  }
});

Deno.test("local endpoints are at most 8, made canonical, and ignored without a Token", () => {
  const list = (count: number) => JSON.stringify(Array(count).fill("10.0.0.1:40000"));
  const written = (endpoints: string) =>
    request(peerRequest({ Token: '"t"', LocalEndpoints: endpoints }));
  assertEquals(written('["[2001:DB8::0:5]:1"]'), {
    ...PEER_REQUEST,
    extension: { token: "t", localEndpoints: [{ address: "2001:db8::5", port: 1 }] },
  });
  assertEquals(written(list(0)), {
    ...PEER_REQUEST,
    extension: { token: "t", localEndpoints: [] },
  });
  assertEquals(typeof written(list(8)), "object");
  assertEquals(
    written(list(9)),
    "LocalEndpoints: expected a list of at most 8, received a list of 9",
  );
  assertEquals(
    written('["10.0.0.1:1","[fe80::1%2]:1"]'),
    'LocalEndpoints: expected IP:port texts, received "[fe80::1%2]:1"',
  );
  assertEquals(request(peerRequest({ LocalEndpoints: list(9) })), PEER_REQUEST);
});

Deno.test("names are checked like a Token in every session's request, and kept where they count", () => {
  const good = [" ", "~".repeat(64), '\\"', "\\u0041"];
  const bad = ['""', `"${"a".repeat(65)}"`, '"\u007f"', '"é"', "null", "1", "[]"];
  for (const type of ["Server", "Client", "Peer"]) {
    for (const member of ["LocalName", "RemoteName"]) {
      const other = member === "LocalName" ? "RemoteName" : "LocalName";
      const written = (name: string, token?: string) =>
        request(
          peerRequest({
            ConnectionType: `"${type}"`,
            Token: token,
            [member]: name,
            [other]: '"o"',
          }),
        );
      for (const name of good) assertEquals(typeof written(`"${name}"`, '"t"'), "object", name);
      for (const name of bad) {
        const explanation = `${written(name, '"t"')}`;
        assert(explanation.startsWith(`${member}: expected 1 to 64 printable`), explanation);
        // Without a Token a name is a member like any other that nobody knows.
        assertEquals(written(name), request(peerRequest({ ConnectionType: `"${type}"` })));
      }
    }
  }
});

Deno.test("a named remote peer has no address, and two equal names are one text", () => {
  const named = { Token: '"t"', LocalName: '"a"', RemoteName: '"b"' };
  const nowhere = { RemoteIP: undefined, RemotePeerPort: undefined };
  const expected = {
    connectionType: "Peer",
    localPeerPort: 1n,
    remote: { name: "b" },
    extension: { token: "t", localEndpoints: [], localName: "a" },
  };
  assertEquals(request(peerRequest({ ...named, ...nowhere })), expected);
  assertEquals(request(peerRequest({ ...named, RemoteIP: "5", RemotePeerPort: '"x"' })), expected);
  assertEquals(request(peerRequest({ ...named, ConnectionType: '"Client"' })), {
    connectionType: "Client",
    localPeerPort: 1n,
    remote: { name: "b" },
    extension: { token: "t", localEndpoints: [] },
  });
  assertEquals(
    request(peerRequest({ ...named, LocalName: undefined })),
    "LocalName: expected 1 to 64 printable ASCII characters beside a RemoteName, received nothing",
  );
});

Deno.test("a Note is at most 512 bytes of UTF-8 in whole characters", () => {
  const expected =
    "Note: expected a text of at most 512 bytes of UTF-8 without unpaired surrogates";
  const written = (note: string) => request(peerRequest({ Token: '"t"', Note: `"${note}"` }));
  const sizes = [["x", 512], ["\\n", 512], ["\\u0080", 256], ["é", 256], ["\uffff", 170], [
    "😀",
    128,
  ]];
  for (const [character, most] of sizes as [string, number][]) {
    const note = character.repeat(most);
    assertEquals(written(note), {
      ...PEER_REQUEST,
      extension: { token: "t", localEndpoints: [], note: JSON.parse(`"${note}"`) },
    });
    assert(`${written(note + character)}`.startsWith(expected), character);
  }
  for (const unpaired of ["\\ud83d", "\\ude00\\ud83d", "a\\ud83d\\ud83d\\ude00"]) {
    assert(`${written(unpaired)}`.startsWith(expected), unpaired);
  }
  assertEquals(typeof written("\\ud83d\\ude00"), "object");
  assertEquals(request(peerRequest({ Note: "5" })), PEER_REQUEST);
});

Deno.test("only an extended request may leave the remote address to the server", () => {
  assertEquals(request(peerRequest({ RemoteIP: '""', Token: '"t"' })), {
    ...PEER_REQUEST,
    remote: { address: "own", peerPort: 2n },
    extension: { token: "t", localEndpoints: [] },
  });
  assertEquals(
    request(peerRequest({ RemoteIP: '""' })),
    'RemoteIP: expected an IP address, received ""',
  );
});

Deno.test("explanations stay on one line and short, whatever came", () => {
  const written = ["\\n".repeat(100), "\\u0000", "\\ud800", "é".repeat(500), "x".repeat(4000)];
  for (const text of written) {
    const explanation = `${request(peerRequest({ RemoteIP: `"${text}"` }))}`;
    assertEquals(explanation.startsWith("RemoteIP: expected an IP address, received "), true);
    assertEquals(explanation.length < 500, true, explanation);
    assertEquals(/^[ -\uffff]*$/.test(explanation), true, explanation);
  }
});

Deno.test("what was decoded shares no memory with the bytes", () => {
  const datagram = encoder.encode('{"PeerPort":12,"Token":"secret"}');
  const decodedDatagram = decodeRegistration(datagram);
  datagram.fill(0x20);
  assertEquals(decodedDatagram, { ok: true, value: { peerPort: 12n, token: "secret" } });

  const bytes = encoder.encode(peerRequest({ Token: '"secret"' }));
  const decodedRequest = decodeRequest(bytes);
  bytes.fill(0x20);
  assertEquals(decodedRequest, {
    ok: true,
    value: { ...PEER_REQUEST, extension: { token: "secret", localEndpoints: [] } },
  });
});

Deno.test("bytes outside a view are not read", () => {
  const whole = encoder.encode('{"PeerPort":1234}{"PeerPort":5}');
  assertEquals(decodeRegistration(whole.subarray(17)), {
    ok: true,
    value: { peerPort: 5n, token: undefined },
  });
  assertEquals(decodeRegistration(whole.subarray(0, 16)), { ok: false, reason: "not_json" });
});
