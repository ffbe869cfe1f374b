import { useEffect } from "react";
import { fractionOf, type Summary } from "./summary.ts";

const NAME = "Sampan";
const SIZE = 32;

/** The tab tells how far the uploads are: a percentage in its title, a ring as its icon. */
export function useProgressInTab(summary: Summary): void {
  const percent = summary.active > 0 ? Math.floor(fractionOf(summary) * 100) : null;
  useEffect(() => {
    document.title = percent === null ? NAME : `${percent}% · ${NAME}`;
    const link = document.querySelector<HTMLLinkElement>("link[rel=icon]");
    if (link === null) return;
    link.dataset["plain"] ??= link.href;
    const icon = percent === null ? link.dataset["plain"] : drawRing(percent / 100);
    if (icon !== undefined && icon !== link.href) link.href = icon;
  }, [percent]);
}

function drawRing(fraction: number): string | undefined {
  const canvas = document.createElement("canvas");
  canvas.width = SIZE;
  canvas.height = SIZE;
  const context = canvas.getContext("2d");
  if (context === null) return undefined;
  const drawArc = (color: string, share: number): void => {
    context.strokeStyle = color;
    context.beginPath();
    context.arc(SIZE / 2, SIZE / 2, SIZE / 2 - 4, -Math.PI / 2, Math.PI * (2 * share - 0.5));
    context.stroke();
  };
  context.lineWidth = 7;
  drawArc("#8fa3a4", 1);
  drawArc("#0e9aa0", Math.max(0.02, fraction));
  return canvas.toDataURL();
}
