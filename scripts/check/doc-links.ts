import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Relative links of Markdown pages that lead to no file or heading. One line each; paths are relative to `root`. */
export async function findDeadLinks(root: string, pages: readonly string[]): Promise<string[]> {
  const problems = await Promise.all(pages.map((page) => findIn(root, page)));
  return problems.flat();
}

async function findIn(root: string, page: string): Promise<string[]> {
  const problems: string[] = [];
  for (const target of linksOf(await readFile(join(root, page), "utf8"))) {
    const [path = "", heading] = target.split("#");
    const file = path === "" ? page : join(dirname(page), path);
    if (!existsSync(join(root, file))) problems.push(`${page}: ${target} does not exist`);
    else if (heading && !headingsOf(await readFile(join(root, file), "utf8")).has(heading))
      problems.push(`${page}: ${target} is no heading there`);
  }
  return problems;
}

/** Of everything but code; addresses of other sites and absolute paths are not ours to check. */
function linksOf(markdown: string): string[] {
  const text = markdown.replaceAll(/^```.*?^```/gms, "").replaceAll(/`[^`\n]*`/g, "");
  const targets = [...text.matchAll(/\]\(([^()\s]+)\)/g)].map(([, target = ""]) => target);
  return targets.filter((target) => !/^([a-z]+:|\/)/.test(target));
}

/** As repository hosts make anchors of headings. */
function headingsOf(markdown: string): Set<string> {
  const lines = markdown.replaceAll(/^```.*?^```/gms, "").matchAll(/^#{1,6} +(.+?) *$/gm);
  return new Set([...lines].map(([, title = ""]) => anchorOf(title)));
}

function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");
}
