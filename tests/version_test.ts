import { assertEquals } from "@std/assert";
import { LOWEST_DENO, runtimeFault } from "../src/version.ts";

Deno.test("a Deno of the lowest version or a later one is good enough", () => {
  for (
    const deno of [LOWEST_DENO, "2.5.7", "2.10.0", "2.9.6+5f8a1c2", "3.0.0", Deno.version.deno]
  ) {
    assertEquals(runtimeFault(deno), undefined, deno);
  }
});

Deno.test("an older one is told what is expected", () => {
  for (const deno of ["2.4.4", "2.0.6", "1.46.3"]) {
    assertEquals(
      runtimeFault(deno),
      `Cannot run on Deno ${deno}: expected 2.5.0 or newer; "deno upgrade" gets one`,
    );
  }
});
