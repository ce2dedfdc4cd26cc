/**
 * The systems that a release has executables for.
 *
 * @module
 */

import { TARGETS } from "../compile.ts";
import { PROGRAM } from "../../src/version.ts";
import type { Target } from "../compile.ts";

/** A system, and what its users expect to be given. */
export interface ReleaseTarget extends Target {
  /** As the archive is called, e.g. `linux-x64`. */
  readonly name: string;
  readonly archive: "tar.gz" | "zip";
  /** Debian's name of the processor, where there is a package. */
  readonly debian?: string;
}

const [LINUX, WINDOWS] = TARGETS;

/** Every system of a release. */
export const RELEASE_TARGETS: readonly ReleaseTarget[] = [
  { ...LINUX, name: "linux-x64", archive: "tar.gz", debian: "amd64" },
  {
    triple: "aarch64-unknown-linux-gnu",
    file: PROGRAM,
    name: "linux-arm64",
    archive: "tar.gz",
    debian: "arm64",
  },
  { ...WINDOWS, name: "windows-x64", archive: "zip" },
  { triple: "x86_64-apple-darwin", file: PROGRAM, name: "macos-x64", archive: "tar.gz" },
  { triple: "aarch64-apple-darwin", file: PROGRAM, name: "macos-arm64", archive: "tar.gz" },
];
