// The sizes of type, of the static report and of the console: there are no others. What draws on a canvas reads them, too.

/** The name of a size: a custom property of both style sheets, `--type-body` say. */
type TypeSize = 'title' | 'heading' | 'body' | 'small' | 'tiny'

/** In CSS pixels: what a page is about; heads and large numbers; text; labels and code; ids and the marks of axes. */
const TYPE_SCALE: Readonly<Record<TypeSize, number>> = {
  title: 20,
  heading: 15,
  body: 13,
  small: 12,
  tiny: 11,
}

/** The declarations of all of them. */
export function declareTypeScale(): string {
  return Object.entries(TYPE_SCALE)
    .map(([name, pixels]) => `--type-${name}: ${pixels}px;`)
    .join('\n  ')
}
