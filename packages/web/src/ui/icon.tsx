/** Strokes on a grid of 24, drawn for this page. */
const PATHS = {
  upload: "M12 16V5m0 0L7.5 9.500M12 5l4.500 4.500M5 19h14",
  download: "M12 5v11m0 0l4.500-4.500M12 16l-4.500-4.500M5 19h14",
  trash: "M5 7h14M10 7V5h4v2M7 7l.8 12h8.400L17 7M10.300 11v4.500M13.700 11v4.500",
  pause: "M9 6.500v11M15 6.500v11",
  play: "M8.500 6.200v11.600l9-5.800z",
  close: "M7 7l10 10M17 7L7 17",
  check: "M5.500 12.500l4.200 4.200 8.800-9",
  retry: "M18.500 12a6.500 6.500 0 1 1-2-4.700M18.500 4v4h-4",
  chevronDown: "M6.500 9.500l5.500 5.500 5.500-5.500",
  chevronUp: "M6.500 14.500L12 9l5.500 5.500",
  arrowUp: "M12 18V6m0 0l-4 4m4-4l4 4",
  search:
    "M10.800 17a6.200 6.200 0 1 0 0-12.400 6.200 6.200 0 0 0 0 12.400zM15.300 15.300L19.500 19.500",
  bolt: "M13 4L6.500 13.500H12L11 20l6.500-9.500H12z",
  alert: "M12 8v5M12 16.200v.1M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16z",
  signOut: "M13.500 5H6v14h7.500M10.500 12H20m0 0l-3.500-3.500M20 12l-3.500 3.500",
  plus: "M12 6v12M6 12h12",
  folder:
    "M3.500 7.500a1.500 1.500 0 0 1 1.500-1.500h4.500l2 2.500H19a1.500 1.500 0 0 1 1.500 1.500v7.500a1.500 1.500 0 0 1-1.500 1.500H5a1.500 1.500 0 0 1-1.500-1.500z",
  folderPlus:
    "M3.500 7.500a1.500 1.500 0 0 1 1.500-1.500h4.500l2 2.500H19a1.500 1.500 0 0 1 1.500 1.500v7.500a1.500 1.500 0 0 1-1.500 1.500H5a1.500 1.500 0 0 1-1.500-1.500zM12 11.500v4.500M9.750 13.750h4.500",
  folderUp:
    "M3.500 7.500a1.500 1.500 0 0 1 1.500-1.500h4.500l2 2.500H19a1.500 1.500 0 0 1 1.500 1.500v7.500a1.500 1.500 0 0 1-1.500 1.500H5a1.500 1.500 0 0 1-1.500-1.500zM12 16.200v-4.700m0 0l-2.200 2.200M12 11.500l2.200 2.200",
  clock: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 8v4.500l3 1.800",
  star: "M12 4.500l2.300 4.800 5.200.7-3.800 3.700.9 5.300-4.600-2.500L7.400 19l.9-5.300L4.500 10l5.200-.7z",
  person:
    "M12 12a3.600 3.600 0 1 0 0-7.200 3.600 3.600 0 0 0 0 7.200zM5 19.500c.6-3.400 3.400-5 7-5s6.400 1.600 7 5",
  pencil: "M5 19l.8-3.800L15.500 5.500l3 3L8.800 18.200zM13.500 7.500l3 3",
  cut: "M7 17.500a2 2 0 1 1-2-2 2 2 0 0 1 2 2zM21 17.500a2 2 0 1 1-2-2 2 2 0 0 1 2 2zM6.200 15.900L16 4.500M17.800 15.900L8 4.500",
  copy: "M9 9h10v10H9zM5 15V5h10",
  paste: "M8 5.500H6V20h12V5.500h-2M9 4h6v3.500H9z",
  restore: "M4.500 9.500h10a5 5 0 0 1 0 10H9M4.500 9.500L8.500 5.500M4.500 9.500l4 4",
  list: "M5 7h14M5 12h14M5 17h14",
  grid: "M5 5h5.500v5.500H5zM13.500 5H19v5.500h-5.500zM5 13.500h5.500V19H5zM13.500 13.500H19V19h-5.500z",
  arrowDown: "M12 6v12m0 0l-4-4m4 4l4-4",
  chevronRight: "M9.500 6.500L15 12l-5.500 5.500",
  file: "M7 4h6.500L18 8.500V20H7zM13 4v5h5",
  image: "M5 5.500h14v13H5zM5 16l4-4 3.500 3.500 2.500-2.500 4 4M9.200 9.300v.1",
  video: "M4 6.500h11v11H4zM15 11l5-3v8l-5-3",
  audio: "M9 17.500a2 2 0 1 1-2-2 2 2 0 0 1 2 2zm0 0V6.500l9-2v11m0 0a2 2 0 1 1-2-2 2 2 0 0 1 2 2z",
  archive: "M5 8.500h14V19H5zM4 5h16v3.500H4zM10 12h4",
  text: "M7 4h10v16H7zM10 8.500h4M10 12h4M10 15.500h2.500",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}

const BY_TYPE: readonly (readonly [RegExp, IconName])[] = [
  [/^image\//, "image"],
  [/^video\//, "video"],
  [/^audio\//, "audio"],
  [/zip|tar|compressed|7z|rar|x-iso|diskimage/, "archive"],
  [/^text\/|pdf|json|xml|document|sheet|presentation|msword/, "text"],
];

export function iconFor(mediaType: string | null): IconName {
  return BY_TYPE.find(([pattern]) => pattern.test(mediaType ?? ""))?.[1] ?? "file";
}
