/**
 * The findings of a probe in words.
 *
 * @module
 */

import type { Findings } from "../../peer/mod.ts";

/** One sentence on what peers on this machine can expect. */
export function verdict(all: readonly Findings[]): string {
  if (all.length === 1) return `${capitalize(judge(all[0]))}.`;
  return `${all.map((findings) => `${findings.family}: ${judge(findings)}`).join("; ")}.`;
}

/** The findings as lines. */
export function describeFindings(findings: Findings): string[] {
  const { family, server, tcp, udp, endpoints, survives } = findings;
  const rows: [string, string | undefined][] = [
    ["server", `${server} (${family})`],
    ["TCP", tcp],
    ["UDP", udp],
    ["reason", findings.reason],
    ["extensions", findings.extensions],
    ["introduced to itself", yesNo(findings.introducesToItself)],
    ...(endpoints ?? []).map((endpoint): [string, string] => [
      "endpoint",
      `${endpoint.local} is seen as ${endpoint.public}`,
    ]),
    ["NAT", findings.nat],
    ["port preserved", yesNo(findings.portPreserved)],
    ["hairpinning", yesNo(findings.hairpinning)],
    ["mapping", findings.mapping],
    ...Object.entries(survives ?? {}).map(([seconds, isSame]): [string, string] => [
      `after ${seconds} s of silence`,
      isSame ? "the same endpoint" : "another endpoint",
    ]),
  ];
  return rows.flatMap(([name, value]) => value === undefined ? [] : [`${name}: ${value}`]);
}

/** Whether nothing is known to be blocked. */
export function isGood(all: readonly Findings[]): boolean {
  return all.some(({ tcp, udp }) => tcp === "through" && (udp === "through" || udp === "unknown"));
}

function judge(findings: Findings): string {
  if (findings.tcp === "refused") {
    return `nothing listens at ${findings.server}: the connection was refused, so the way there is ` +
      "open and the server does not run, or has another port";
  }
  if (findings.tcp === "blocked") {
    return "TCP to the server does not get through: nothing answers, as where a firewall blocks it " +
      "or the machine is off";
  }
  switch (findings.udp) {
    case "blocked":
      return "TCP gets through and UDP does not, so no peer can be met from here";
    case "elsewhere":
      return "UDP and TCP leave by different public addresses, so the server cannot match them";
    case "unknown":
      return findings.extensions === "unknown to the server"
        ? "TCP gets through; whether UDP does this server cannot tell, it knows no extensions"
        : "TCP gets through, but the server gave no introduction";
    case "through":
      return judgeNat(findings);
  }
}

function judgeNat({ nat, mapping, survives }: Findings): string {
  if (nat === "none") return "UDP and TCP get through without NAT, so every peer can be met";
  if (mapping === "changes per destination") {
    return "UDP and TCP get through, but the NAT maps anew per destination (symmetric), so only " +
      "peers whose side lets unknown ports in can be met";
  }
  const lost = Object.entries(survives ?? {}).find(([, isSame]) => !isSame);
  if (lost !== undefined) {
    return `UDP and TCP get through, but the NAT forgets within ${lost[0]} s of silence, so only ` +
      "frequent keep-alives hold a path";
  }
  return mapping === undefined
    ? "UDP and TCP get through, so peers can be met unless the NAT maps anew per destination, " +
      "which one server cannot see"
    : "UDP and TCP get through and the NAT maps alike for all, so hole punching works";
}

function yesNo(value: boolean | undefined): string | undefined {
  return value === undefined ? undefined : value ? "yes" : "no";
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
