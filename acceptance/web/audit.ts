/** What a page must keep wherever it is looked at: nothing is wider than the screen, every control has a name, and text can be read (WCAG AA). */
import type { Page } from "playwright-core";

/** What is wrong, in words; nothing is. */
export async function auditPage(page: Page): Promise<string[]> {
  return await page.evaluate(() => {
    const found: string[] = [];
    const { scrollWidth } = document.documentElement;
    if (scrollWidth > innerWidth) found.push(`${scrollWidth} px wide on ${innerWidth}`);

    // Whatever notation a colour is in, a canvas has it as bytes.
    const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const bytesOf = (colour: string): [number, number, number, number] => {
      if (canvas === null) throw new Error("no canvas");
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
      const [red = 0, green = 0, blue = 0, alpha = 0] = canvas.getImageData(0, 0, 1, 1).data;
      return [red, green, blue, alpha];
    };
    const linear = (byte: number): number => {
      const value = byte / 255;
      return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    };
    const luminance = (colour: string): number => {
      const [red, green, blue] = bytesOf(colour);
      return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
    };
    const groundOf = (element: Element): string => {
      for (let at: Element | null = element; at !== null; at = at.parentElement) {
        const { backgroundColor } = getComputedStyle(at);
        if (bytesOf(backgroundColor)[3] === 255) return backgroundColor;
      }
      return "white";
    };
    const isShown = (element: Element): boolean => {
      const { width, height } = element.getBoundingClientRect();
      return (
        width > 2 &&
        height > 2 &&
        element.checkVisibility({ opacityProperty: true, visibilityProperty: true })
      );
    };
    for (const element of document.querySelectorAll("body *")) {
      const hasText = [...element.childNodes].some(
        (node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim() !== "",
      );
      if (!hasText || !isShown(element)) continue;
      const levels = [getComputedStyle(element).color, groundOf(element)].map(luminance);
      const ratio = (Math.max(...levels) + 0.05) / (Math.min(...levels) + 0.05);
      if (ratio < 4.5) found.push(`${ratio.toFixed(2)}:1 for “${element.textContent?.trim()}”`);
    }
    for (const control of document.querySelectorAll("button, a, input, select, textarea")) {
      if (!isShown(control)) continue;
      const labels = (control as HTMLInputElement).labels ?? [];
      const names = [
        control.getAttribute("aria-label"),
        control.textContent,
        ...[...labels].map(({ textContent }) => textContent),
      ];
      if (names.every((name) => (name ?? "").trim() === ""))
        found.push(`no name: ${control.outerHTML.slice(0, 100)}`);
    }
    return found;
  });
}
