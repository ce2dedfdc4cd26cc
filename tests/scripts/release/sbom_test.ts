import { assertEquals, assertThrows } from "@std/assert";
import { billOfMaterials, componentsOf } from "../../../scripts/release/sbom.ts";
import { ROOT } from "../../support/source_files.ts";

Deno.test("a component has the checksum of the lock file, in hexadecimal digits", () => {
  const lock = {
    npm: { "@scope/name@1.2.3_peer@4.0.0": { integrity: "sha512-AAECAw==" } },
    jsr: { "@std/cli@1.0.0": { integrity: "abcd" } },
  };
  assertEquals(componentsOf(lock).map(({ purl, hashes }) => [purl, hashes]), [
    ["pkg:npm/%40scope/name@1.2.3", [{ alg: "SHA-512", content: "00010203" }]],
    ["pkg:jsr/%40std/cli@1.0.0", [{ alg: "SHA-256", content: "abcd" }]],
  ]);
});

Deno.test("what is no package of a lock file is said", () => {
  assertThrows(
    () => componentsOf({ npm: { name: { integrity: "sha512-AAECAw==" } } }),
    Error,
    "Cannot list a package: expected NAME@VERSION in deno.lock, received name",
  );
});

Deno.test("the bill names every package of deno.lock, and Deno", () => {
  const bill = JSON.parse(billOfMaterials("1.2.3", "2026-11-24"));
  const lock = JSON.parse(Deno.readTextFileSync(new URL("deno.lock", ROOT)));
  const names = bill.components.map(({ name, version }: Record<string, string>) =>
    `${name}@${version}`
  );
  const deno = Deno.readTextFileSync(new URL(".deno-version", ROOT)).trim();
  const locked = Object.keys(lock.npm).map((key) => key.replace(/_.*$/, ""));
  assertEquals(names, [...locked, `deno@${deno}`]);
  assertEquals(bill.metadata.component.version, "1.2.3");
  const [{ dependsOn }] = bill.dependencies;
  assertEquals(dependsOn.length, names.length);
});

Deno.test("the same version has the same bill", () => {
  assertEquals(billOfMaterials("1.2.3", "2026-11-24"), billOfMaterials("1.2.3", "2026-11-24"));
});
