import { describe, expect, it } from "vitest";
import { sharedAddress, tokenOf } from "../../src/session/shared-address";

const TOKEN = "a-B_".repeat(11).slice(0, 43);

describe("the address of a link", () => {
  it("carries its token behind the sign that browsers do not send", () => {
    const address = new URL(sharedAddress("https://reading.example", TOKEN));
    expect(address.pathname + address.search).toBe("/shared");
    expect(tokenOf(address.hash)).toBe(TOKEN);
  });

  it.each(["", "#", "#short", "#<script>", `#${TOKEN}/../x`])("of %s has none", (fragment) => {
    expect(tokenOf(fragment)).toBe("");
  });
});
